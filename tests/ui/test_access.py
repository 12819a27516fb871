"""Everybody can use the chat: by ear, by keyboard, by finger, magnified, in their own colours."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.chat_page import ChatPage
from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

TOO_SMALL = """[...document.querySelectorAll("button, a, input:not([type=radio]), label")]
  .filter((each) => each.checkVisibility() && !each.closest("p, .answer-text a, .skip"))
  .filter((each) => !each.matches(".skip"))
  .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < 43.9)
  .map(([html, { width, height }]) => `${html} ${width}x${height}`)"""
STUCK_PX = """[...document.querySelectorAll("body *")]
  .filter((each) => ["sticky", "fixed"].includes(getComputedStyle(each).position))
  .filter((each) => each.checkVisibility())
  .reduce((sum, each) => sum + each.getBoundingClientRect().height, 0)"""


@pytest.fixture
def phone(browser: Browser, orchestrator: ScriptedOrchestrator) -> Iterator[ChatPage]:
    """The page under a finger."""
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}
    )
    yield ChatPage(context.new_page(), orchestrator)
    context.close()


def _answered(chat: ChatPage) -> None:
    job = chat.ask("What is a tide?")
    job.say("## Water\n\nIt goes.\n\n```js\nlet a;\n```\n")
    job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")


def test_a_screen_reader_hears_who_speaks(chat: ChatPage) -> None:
    """And an answer's own headings are below it."""
    _answered(chat)
    headings = chat.page.get_by_role("heading")
    expect(headings).to_have_text(["Chat", "You asked", "Answer", "Water"])
    levels = headings.evaluate_all("(all) => all.map(({ tagName }) => tagName)")
    assert levels == ["H1", "H2", "H2", "H4"]


def test_retry_keeps_the_keyboard_at_the_answer(chat: ChatPage) -> None:
    chat.ask("Try.").fail("None could.")
    chat.page.get_by_role("button", name="Retry").press("Enter")
    again = chat.orchestrator.next_job()
    expect(chat.answer).to_be_focused()
    again.say("Whole.")
    again.finish()
    chat.shows("done", "Whole.")
    chat.page.keyboard.press("Tab")
    expect(chat.answer.get_by_role("button").first).to_be_focused()


def test_a_finger_hits_everything(phone: ChatPage) -> None:
    assert phone.page.evaluate(TOO_SMALL) == []
    _answered(phone)
    phone.page.get_by_role("button", name="Conversations").click()
    expect(phone.page.get_by_role("searchbox")).to_be_visible()
    assert phone.page.evaluate(TOO_SMALL) == []


def test_magnified_four_times_the_whole_window_is_for_reading(chat: ChatPage) -> None:
    """1280 by 1024 pixels are then 320 by 256."""
    chat.page.set_viewport_size({"width": 320, "height": 256})
    _answered(chat)
    assert chat.page.evaluate(STUCK_PX) == 0
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_in_forced_colours_the_choice_still_shows(chat: ChatPage) -> None:
    chat.page.emulate_media(forced_colors="active")
    style = "(each) => getComputedStyle(each).outlineStyle"
    marks = chat.page.locator(".tiers span").evaluate_all(f"(all) => all.map({style})")
    assert marks == ["solid", "none", "none"]


def test_paper_gets_the_conversation_alone(chat: ChatPage) -> None:
    _answered(chat)
    chat.page.emulate_media(media="print")
    expect(chat.page.locator(".question")).to_be_visible()
    expect(chat.text).to_be_visible()
    for rest in ("header", "aside", "footer", "form", "button"):
        expect(chat.page.locator(rest).locator("visible=true")).to_have_count(0)


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_growing_answer_is_read_once_it_is_whole(chat: ChatPage, status: str) -> None:
    job = chat.ask("Talk.")
    if status == "running":
        job.say("Well.")
    expect(chat.answer).to_have_attribute("data-status", status)
    expect(chat.answer).to_have_attribute("aria-busy", "true")
    job.finish()
    expect(chat.answer).to_have_attribute("aria-busy", "false")
