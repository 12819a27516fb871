"""What people use each day: files that go along, files to keep, the keyboard, a tab that calls."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.ui.chat_page import ChatPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

DROP = """([name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  document.querySelector("main").dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
}"""
HIDE = """(isHidden) => {
  Object.defineProperty(document, "visibilityState", {
    configurable: true, get: () => isHidden ? "hidden" : "visible" });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
ICON = "document.querySelector('link[rel=icon]').href"


def _file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "", "buffer": content}


def test_files_go_along_as_blocks_that_their_content_cannot_close(chat: ChatPage) -> None:
    chooser = chat.page.locator("#choose-file")
    chooser.set_input_files([_file("notes.md", b"a\n```\nb\n"), _file("x.py", b"x = 1")])
    expect(
        chat.page.get_by_role("list", name="Attached files").get_by_role("listitem")
    ).to_have_text([re.compile("notes.md"), re.compile("x.py")])
    job = chat.ask("What is this?")
    assert job.sent["content"] == (
        "What is this?\n\nnotes.md:\n````md\na\n```\nb\n````\n\nx.py:\n```py\nx = 1\n```"
    )
    expect(chat.page.locator("#attachments li")).to_have_count(0)


def test_a_file_can_be_dropped_anywhere_and_taken_away_again(chat: ChatPage) -> None:
    chat.page.evaluate(DROP, ["tides.txt", "high and low"])
    expect(chat.send).to_be_enabled()
    chat.page.get_by_role("button", name="Remove tides.txt").click()
    expect(chat.send).to_be_disabled()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\x89PNG\r\n\x1a\n\x00", "is not a text"), (b"\xff\xfe", "is not a text"),
     (b"a\x00b", "is not a text"), (b"a" * 128_001, "is too large")],
)  # fmt: skip
def test_what_is_no_text_is_refused_in_words(chat: ChatPage, content: bytes, reason: str) -> None:
    chat.page.locator("#choose-file").set_input_files([_file("thing.bin", content)])
    expect(chat.page.locator("#not-attached")).to_contain_text(f"thing.bin {reason}")
    expect(chat.send).to_be_disabled()


def test_files_count_where_the_length_is_limited(chat: ChatPage) -> None:
    chat.page.locator("#choose-file").set_input_files([_file("long.txt", b"a" * 32_000)])
    expect(chat.page.locator("#too-long")).to_contain_text("Too long by")
    expect(chat.send).to_be_disabled()


def test_a_conversation_is_saved_as_a_file(chat: ChatPage) -> None:
    job = chat.ask("Why tides?")
    job.say("The *moon*.")
    job.finish()
    chat.shows("done", "The moon.")
    with chat.page.expect_download() as saving:
        chat.page.get_by_role("button", name="Save conversation as a file").click()
    assert saving.value.suggested_filename == "Why tides.md"
    text = Path(saving.value.path()).read_text()
    assert text == "# Why tides?\n\n## You\n\nWhy tides?\n\n## ashao\n\nThe *moon*.\n"


def test_the_keyboard_leads_through_the_list(chat: ChatPage) -> None:
    job = chat.ask("One?")
    job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    chat.orchestrator.take(job.sent | {"content": "Two?", "conversationId": "d" * 32}, None)
    chat.page.keyboard.press("Control+Shift+O")
    expect(chat.answers).to_have_count(0)
    chat.page.keyboard.press("Control+K")
    expect(chat.page.get_by_role("searchbox")).to_be_focused()
    links = chat.page.locator("#conversation-list a")
    expect(links).to_have_count(2)
    for key, focused in [("ArrowDown", 0), ("ArrowDown", 1), ("ArrowDown", 1), ("ArrowUp", 0)]:
        chat.page.keyboard.press(key)
        expect(links.nth(focused)).to_be_focused()
    chat.page.keyboard.press("ArrowUp")
    expect(chat.page.get_by_role("searchbox")).to_be_focused()


def test_a_question_mark_shows_the_keys_unless_one_writes(chat: ChatPage) -> None:
    chat.message.press("?")
    help_sheet = chat.page.get_by_role("dialog", name="Keyboard")
    expect(help_sheet).to_be_hidden()
    expect(chat.message).to_have_value("?")
    chat.message.blur()
    chat.page.keyboard.press("?")
    expect(help_sheet).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(help_sheet).to_be_hidden()
    chat.page.keyboard.press("/")
    expect(chat.message).to_be_focused()
    expect(chat.message).to_have_value("?")


def test_the_list_says_which_days(chat: ChatPage) -> None:
    chat.ask("Old?").finish()
    expect(chat.page.locator("#conversation-list h2")).to_have_text(["January 2026"])


def test_a_tab_in_the_background_calls_until_it_is_looked_at(chat: ChatPage) -> None:
    title, icon = chat.page.title(), chat.page.evaluate(ICON)
    chat.ask("Seen?").finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    assert chat.page.title() == title
    job = chat.ask("Unseen?")
    chat.page.evaluate(HIDE, True)
    job.finish()
    expect(chat.page).to_have_title(f"● Answer ready · {title}")
    assert chat.page.evaluate(ICON) != icon
    chat.page.evaluate(HIDE, False)
    expect(chat.page).to_have_title(title)
    assert chat.page.evaluate(ICON) == icon
