"""The end of a growing answer stays in sight until its reader turns back."""

import pytest
from playwright.sync_api import expect

from tests.ui.chat_page import ChatPage
from tests.ui.scripted_job import ScriptedJob

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

STANDS_STILL = """() => {
  const { scrollTop } = document.scrollingElement;
  const before = window.lastTop;
  window.lastTop = scrollTop;
  return before === scrollTop;
}"""
LEFT_PX = "document.documentElement.scrollHeight - innerHeight - scrollY"


def _long_answer(chat: ChatPage) -> ScriptedJob:
    job = chat.ask("Talk.")
    job.say("\n\n".join(f"Line {each}." for each in range(60)))
    _is_in_sight(chat, "Line 59.")
    return job


def _is_in_sight(chat: ChatPage, words: str) -> None:
    expect(chat.text.get_by_text(words, exact=True)).to_be_in_viewport()


def test_one_notch_of_the_wheel_is_enough_to_stay(chat: ChatPage) -> None:
    """And the button leads back to the end, which is then followed again."""
    job = _long_answer(chat)
    to_end = chat.page.get_by_role("button", name="To the end")
    expect(to_end).to_be_hidden()
    chat.page.mouse.move(200, 200)
    chat.page.mouse.wheel(0, -100)
    expect(to_end).to_be_visible()
    job.say("\n\nOne more.", "\n\nAnd another.")
    expect(chat.text).to_contain_text("And another.")
    assert chat.page.evaluate(LEFT_PX) >= 100
    to_end.click()
    _is_in_sight(chat, "And another.")
    expect(to_end).to_be_hidden()
    expect(chat.page.get_by_role("log")).to_be_focused()
    job.say("\n\n".join(f"Then {each}." for each in range(20)))
    _is_in_sight(chat, "Then 19.")


def test_the_keyboard_turns_back_and_returns(chat: ChatPage) -> None:
    job = _long_answer(chat)
    chat.page.get_by_role("log").focus()
    chat.page.keyboard.press("PageUp")
    expect(chat.page.get_by_role("button", name="To the end")).to_be_visible()
    job.say("\n\nOne more.")
    expect(chat.text).to_contain_text("One more.")
    assert chat.page.evaluate(LEFT_PX) > 16
    chat.page.wait_for_function(STANDS_STILL, polling=200)  # a key's scrolling takes a while
    chat.page.keyboard.press("End")
    expect(chat.page.get_by_role("button", name="To the end")).to_be_hidden()
    job.say("\n\n".join(f"Then {each}." for each in range(20)))
    _is_in_sight(chat, "Then 19.")


def test_the_wheel_is_heard_before_the_page_has_moved(chat: ChatPage) -> None:
    """Words that come in between do not take the reader back to the end."""
    job = _long_answer(chat)
    chat.page.evaluate("dispatchEvent(new WheelEvent('wheel', { deltaY: -100 }))")
    job.say("\n\n".join(f"Then {each}." for each in range(20)))
    expect(chat.page.get_by_role("button", name="To the end")).to_be_visible()
    expect(chat.text.get_by_text("Then 19.", exact=True)).not_to_be_in_viewport()
