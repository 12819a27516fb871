"""Who waits, or is refused, is told all that is known, and what can be done."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui import scripted_orchestrator
from tests.ui.chat_page import ChatPage
from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_place_estimate_and_time_so_far_are_told(
    page: Page, orchestrator: ScriptedOrchestrator
) -> None:
    page.clock.install()
    chat = ChatPage(page, orchestrator)
    job = chat.ask("Is anybody there?")
    job.queue_at(2, etaMs=41_000)
    expect(chat.answer).to_contain_text("2 ahead of you. About 41 s to go.")
    page.clock.fast_forward(65_000)
    expect(chat.answer).to_contain_text("1 min so far")
    job.say("Yes.")
    job.finish()
    chat.shows("done", "Yes.")
    expect(chat.answer).not_to_contain_text("so far")


def test_where_no_machine_is_nobody_is_next(chat: ChatPage) -> None:
    chat.ask("Is anybody there?").queue_at(0, noWorker=True)
    expect(chat.answer).to_contain_text("No machine is here for this right now")
    expect(chat.answer).not_to_contain_text("next")


@pytest.mark.parametrize("status", [402, 429])
def test_a_refusal_is_told_in_the_servers_words(chat: ChatPage, status: int) -> None:
    """And to whom credits lack, how to earn some."""
    chat.orchestrator.refuse_next(status, "This is why.")
    chat.message.fill("Anything")
    chat.send.click()
    expect(chat.answer).to_contain_text("This is why.")
    expect(chat.page.get_by_role("button", name="Retry")).to_be_visible()
    earn = chat.answer.get_by_role("link", name="Earn credits")
    expect(earn).to_be_visible(visible=status == 402)
    if status == 402:
        expect(earn).to_have_attribute("href", "/worker.html")


def test_a_message_that_does_not_arrive_is_said_to_be_on_its_way(chat: ChatPage) -> None:
    chat.page.context.set_offline(True)
    chat.message.fill("Hello?")
    chat.send.click()
    expect(chat.answer).to_contain_text("Reconnecting")
    chat.page.context.set_offline(False)
    job = chat.orchestrator.next_job()
    expect(chat.answer).to_contain_text("Looking for a free machine")
    job.finish()


def test_the_networks_figures_are_those_of_what_is_on_the_page(
    chat: ChatPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are asked for when an answer is asked for, begins, and ends."""
    network = chat.page.get_by_role("group", name="Network")
    job = None
    for working in (7, 8, 9):
        monkeypatch.setitem(scripted_orchestrator.NETWORK, "working", working)
        if job is None:
            job = chat.ask("Talk.")
        elif working == 8:
            job.say("Well.")
        else:
            job.finish()
        expect(network).to_contain_text(f"{working} at work")
