"""A quiet line under each answer says who wrote it, and whether it survived a lost machine."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.ui.chat_page import ChatPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

LINES = [
    (("browser", "Tiny", 1), "Written by a volunteer's browser tab with Tiny."),
    (("native", "qwen/qwen3-8b", 1), "Written by a native machine with qwen/qwen3-8b."),
    (("cloud", "", 1), "Written by the cloud."),
    (("simulation", "simulation", 1), "SimulatedWritten by the simulation."),
    (("cloud", "gemini", 2), "2 machines wrote this, the last one the cloud with gemini."),
    (("moon", "<b>m</b>", 1), "Written by a machine with <b>m</b>."),
]


def _line(chat: ChatPage) -> Locator:
    return chat.answer.locator(".byline")


def _said(kind: str, model: str, machines: int) -> dict[str, Any]:
    return {"kind": kind, "model": model, "machines": machines}


@pytest.mark.parametrize(("writers", "line"), LINES)
def test_the_line_says_who_wrote_it_once_that_is_known(
    chat: ChatPage, writers: tuple[str, str, int], line: str
) -> None:
    job = chat.ask("Who?")
    job.written_by = _said(*writers)
    job.say("Me.")
    expect(chat.text).to_have_text("Me.")
    expect(_line(chat)).to_be_hidden()
    job.finish()
    expect(_line(chat)).to_have_text(line)
    expect(_line(chat).locator(".badge")).to_have_count(int(writers[0] == "simulation"))


def test_the_line_is_there_again_after_a_reload(chat: ChatPage) -> None:
    job = chat.ask("Who?")
    job.written_by = _said("browser", "Tiny", 3)
    job.say("Me.")
    job.finish()
    expect(_line(chat)).to_contain_text("3 machines")
    chat.page.reload()
    expect(_line(chat)).to_contain_text("3 machines")


def test_a_server_that_does_not_tell_leaves_no_line(chat: ChatPage) -> None:
    job = chat.ask("Who?")
    job.say("Me.")
    job.finish()
    chat.shows("done", "Me.")
    chat.page.wait_for_load_state("networkidle")
    expect(_line(chat)).to_be_hidden()
