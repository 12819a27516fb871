"""What a model thinks first is folded away, and is no part of the answer."""

import pytest
from playwright.sync_api import Locator, expect

from tests.ui.chat_page import ChatPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def _folded(chat: ChatPage) -> Locator:
    return chat.answer.locator("details")


def test_thoughts_are_folded_and_can_be_read(chat: ChatPage) -> None:
    job = chat.ask("What is a tide?")
    job.think("They ask about ", "the **sea**.")
    expect(chat.answer).to_have_attribute("data-status", "running")
    expect(chat.answer.locator("summary")).to_have_text("Thinking …")
    assert not _folded(chat).evaluate("fold => fold.open")
    chat.answer.locator("summary").click()
    expect(_folded(chat).locator("strong")).to_have_text("sea")
    job.think(" And the moon.")
    expect(_folded(chat)).to_contain_text("They ask about the sea. And the moon.")
    job.say("The sea goes away.")
    job.finish()
    chat.shows("done", "The sea goes away.")
    expect(chat.answer.locator("summary")).to_contain_text("Thought")


def test_an_answer_without_thoughts_has_no_fold(chat: ChatPage) -> None:
    job = chat.ask("Count.")
    job.say("one")
    job.finish()
    chat.shows("done", "one")
    expect(_folded(chat)).to_be_hidden()


def test_how_long_it_thought_is_said(chat: ChatPage) -> None:
    chat.page.clock.install()
    job = chat.ask("Count.")
    job.think("Hm.")
    expect(chat.answer.locator("summary")).to_have_text("Thinking …")
    chat.page.clock.run_for(12_300)
    job.say("one")
    expect(chat.answer.locator("summary")).to_have_text("Thought for 12 s")


def test_the_next_machine_thinks_on_in_the_same_fold(chat: ChatPage) -> None:
    job = chat.ask("Count.")
    job.think("To one,")
    expect(chat.answer.locator("summary")).to_have_text("Thinking …")
    chat.answer.locator("summary").click()
    job.think(" or to two?")
    job.say("one ")
    job.think("Where was I?")
    expect(chat.answer.locator("summary")).to_have_text("Thinking …")
    job.say("two")
    job.finish()
    chat.shows("done", "one two")
    expect(_folded(chat)).to_have_count(1)
    expect(_folded(chat).locator("p")).to_have_text(["To one, or to two?", "Where was I?"])


def test_a_reload_keeps_the_thoughts_as_long_as_the_log_does(chat: ChatPage) -> None:
    job = chat.ask("Count.")
    job.think("To one?")
    job.say("one ")
    chat.shows("running", "one")
    chat.page.reload()
    chat.shows("running", "one")
    expect(chat.answer.locator("summary")).to_have_text("Thought")
    job.finish()
    chat.shows("done", "one")
    chat.answer.locator("summary").click()
    expect(_folded(chat)).to_contain_text("To one?")


def test_a_script_in_a_thought_stays_text(chat: ChatPage) -> None:
    job = chat.ask("Attack me.")
    job.think("<img src=/stolen onerror='window.stolen=1'>")
    chat.answer.locator("summary").click()
    expect(_folded(chat)).to_contain_text("<img src=/stolen")
    assert chat.page.evaluate("window.stolen") is None


def test_the_copy_has_the_words_alone(chat: ChatPage) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    job = chat.ask("Count.")
    job.think("To one?")
    job.say("one")
    job.finish()
    chat.answer.get_by_role("button", name="Copy").click()
    expect(chat.answer.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == "one"
