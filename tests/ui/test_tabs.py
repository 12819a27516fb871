"""One conversation in two tabs of a browser: each shows what the other asked."""

import re

import pytest
from playwright.sync_api import expect

from tests.ui.chat_page import ChatPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture
def second(chat: ChatPage) -> ChatPage:
    """Another tab with the conversation of the first."""
    job = chat.ask("First?")
    job.say("One.")
    job.finish()
    chat.shows("done", "One.")
    tab = ChatPage(chat.page.context.new_page(), chat.orchestrator)
    tab.page.goto(chat.page.url)
    tab.page.reload()  # only the part after # is another
    tab.shows("done", "One.")
    return tab


def test_a_turn_of_one_tab_comes_to_the_other(chat: ChatPage, second: ChatPage) -> None:
    job = second.ask("Second?")
    job.say("Two, ")
    chat.shows("running", "Two,")
    expect(chat.page.locator(".question")).to_have_text(["First?", "Second?"])
    job.say("whole.")
    job.finish()
    chat.shows("done", "Two, whole.")
    expect(chat.answers).to_have_count(2)


def test_an_answer_that_is_asked_for_again_takes_the_place_of_the_failed_one(
    chat: ChatPage, second: ChatPage
) -> None:
    job = second.ask("Second?")
    job.say("Half ")
    chat.shows("running", "Half")
    job.fail("None could.")
    expect(chat.answer).to_contain_text("None could.")
    second.page.get_by_role("button", name="Retry").click()
    again = chat.orchestrator.next_job()
    again.say("Two.")
    again.finish()
    chat.shows("done", "Two.")
    expect(chat.page.locator(".question")).to_have_text(["First?", "Second?"])


def test_what_one_tab_renames_or_deletes_the_other_shows(chat: ChatPage, second: ChatPage) -> None:
    second.page.get_by_role("button", name="Rename conversation").click()
    second.page.get_by_role("textbox", name="Title").fill("A better name")
    second.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("link", name=re.compile("A better name"))).to_be_visible()
    second.page.clock.install()
    second.page.get_by_role("button", name="Delete conversation").click()
    expect(second.page.get_by_role("button", name="Undo")).to_be_visible()
    second.page.clock.fast_forward(10_000)
    expect(chat.answers).to_have_count(0)
