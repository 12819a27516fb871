"""What is being written is nobody's to lose, to cut or to send too early."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.chat_page import ChatPage
from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

STORAGE_BLOCKED = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("", "SecurityError"); } });
"""
ENTER = """(field, about) => field.dispatchEvent(
  new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...about }))"""


def _kept(chat: ChatPage, question: str) -> None:
    job = chat.ask(question)
    job.say("Yes.")
    job.finish()
    chat.shows("done", "Yes.")


def test_a_draft_outlives_a_reload_and_a_look_at_another_page(chat: ChatPage) -> None:
    chat.message.fill("Half a thou")
    chat.page.reload()
    expect(chat.message).to_have_value("Half a thou")
    chat.page.goto(f"{chat.orchestrator.url}/worker.html")
    chat.page.go_back()
    expect(chat.message).to_have_value("Half a thou")
    assert chat.ask("A whole thought.").sent["content"] == "A whole thought."
    chat.page.reload()
    expect(chat.message).to_have_value("")


def test_each_conversation_has_its_own_draft(chat: ChatPage) -> None:
    _kept(chat, "First?")
    chat.message.fill("for the first")
    chat.page.get_by_role("button", name="New chat").click()
    expect(chat.message).to_have_value("")
    chat.message.fill("for a new one")
    chat.page.get_by_role("link", name="First?").click()
    expect(chat.message).to_have_value("for the first")


def test_where_storage_is_blocked_a_message_is_still_sent(
    page: Page, orchestrator: ScriptedOrchestrator
) -> None:
    page.add_init_script(STORAGE_BLOCKED)
    chat = ChatPage(page, orchestrator)
    _kept(chat, "Is anybody there?")


def test_what_is_too_long_is_neither_cut_nor_sent(chat: ChatPage) -> None:
    """Characters are counted as the server counts them: a sign of two units is one."""
    chat.message.fill("🌊" * 32_000)
    expect(chat.send).to_be_enabled()
    chat.message.fill("x" * 40_000)
    expect(chat.page.get_by_text("Too long by 8,000 characters")).to_be_visible()
    expect(chat.send).to_be_disabled()
    chat.message.press("Enter")
    expect(chat.message).to_have_value("x" * 40_000)
    assert chat.orchestrator.sent.empty()
    assert len(chat.ask("x" * 32_000).sent["content"]) == 32_000


@pytest.mark.parametrize("about", [{"isComposing": True}, {"keyCode": 229}], ids=str)
def test_the_enter_that_ends_a_composition_does_not_send(
    chat: ChatPage, about: dict[str, object]
) -> None:
    chat.message.fill("にほん")
    chat.message.evaluate(ENTER, about)
    expect(chat.message).to_have_value("にほん")
    chat.message.evaluate(ENTER, {})
    assert chat.orchestrator.next_job().sent["content"] == "にほん"


def test_escape_in_the_search_clears_it_and_stops_no_answer(chat: ChatPage) -> None:
    job = chat.ask("Talk.")
    job.say("Well, ")
    chat.shows("running", "Well,")
    search = chat.page.get_by_role("searchbox")
    search.fill("words")
    search.press("Escape")
    expect(search).to_have_value("")
    search.press("Escape")
    job.say("on.")
    chat.shows("running", "Well, on.")
    expect(chat.answer).not_to_contain_text("Stopping")
    assert not job.is_cancelled.is_set()


def test_an_answer_without_a_word_says_so_and_can_be_asked_for_again(chat: ChatPage) -> None:
    chat.ask("Talk.").finish()
    expect(chat.answer).to_contain_text("This answer came without a word.")
    chat.page.get_by_role("button", name="Ask again").click()
    job = chat.orchestrator.next_job()
    assert job.sent["content"] == "Talk."
    assert "retryOf" not in job.sent
    job.say("Well.")
    job.finish()
    chat.shows("done", "Well.")
    expect(chat.page.locator(".question")).to_have_text(["Talk.", "Talk."])
