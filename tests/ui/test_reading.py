"""An answer as it is read: what is wide scrolls, and each script has its direction."""

import pytest
from playwright.sync_api import expect

from tests.ui.chat_page import ChatPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

STYLE = "(element, name) => getComputedStyle(element)[name]"


def _answer(chat: ChatPage, *pieces: str) -> None:
    job = chat.ask("Talk.")
    job.say(*pieces)
    job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")


def test_a_column_keeps_its_side_and_a_wide_table_scrolls(chat: ChatPage) -> None:
    wide = " | ".join("word" * 5 for _ in range(9))
    _answer(chat, f"| a | {wide} |\n|{'--:|' * 10}\n| 1 | {wide} |")
    cell = chat.text.get_by_role("cell", name="1", exact=True)
    assert cell.evaluate(STYLE, "textAlign") in ("right", "-webkit-right")
    scroller = chat.text.get_by_role("group", name="Table")
    scroller.focus()
    chat.page.keyboard.press("End")
    assert scroller.evaluate("(element) => element.scrollWidth > element.clientWidth")
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_part_reads_in_its_own_direction(chat: ChatPage) -> None:
    job = chat.ask("مرحبا")
    job.say("שלום\n\n- first\n- مرحبا\n\n```\ncode\n```")
    job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    read = {
        chat.page.locator(".question"): "rtl",
        chat.text.get_by_role("paragraph"): "rtl",
        chat.text.get_by_role("listitem").first: "ltr",
        chat.text.get_by_role("listitem").last: "rtl",
        chat.text.locator("pre"): "ltr",
    }
    assert [each.evaluate(STYLE, "direction") for each in read] == list(read.values())


def test_code_says_its_language_and_is_copied_alone(chat: ChatPage) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _answer(chat, "First:\n\n```js\nlet a = 1;\n```\n\nThen:\n\n```\nmore\n```\n")
    code = chat.text.locator(".code").first
    expect(code).to_contain_text("js")
    button = code.get_by_role("button", name="Copy code")
    button.click()
    expect(button).to_have_text("Copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "let a = 1;"


def test_a_question_is_asked_again_as_it_was_or_in_other_words(chat: ChatPage) -> None:
    _answer(chat, "Well.")
    chat.answer.get_by_role("button", name="Ask again").click()
    job = chat.orchestrator.next_job()
    assert job.sent["content"] == "Talk."
    job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    chat.answer.get_by_role("button", name="Edit question").click()
    expect(chat.message).to_be_focused()
    expect(chat.message).to_have_value("Talk.")
    chat.page.keyboard.type(" Slowly.")
    chat.page.keyboard.press("Enter")
    assert chat.orchestrator.next_job().sent["content"] == "Talk. Slowly."


def test_while_one_answer_grows_another_is_not_asked_for_but_drafted(chat: ChatPage) -> None:
    _answer(chat, "Well.")
    chat.ask("And?").say("Well, ")
    chat.shows("running", "Well,")
    chat.answers.first.get_by_role("button", name="Ask again").click()
    expect(chat.message).to_have_value("Talk.")
    assert chat.orchestrator.sent.empty()
