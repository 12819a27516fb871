"""An answer that grows leaves alone what is there: one may select, focus and scroll in it."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.chat_page import ChatPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SELECT = """(words) => {
  const walker = document.createTreeWalker(document.getElementById("log"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(words);
    if (at >= 0) getSelection().setBaseAndExtent(node, at, node, at + words.length);
  }
}"""
# Elements that the log lost, and headings that it ever had.
WATCH = """() => {
  globalThis.seen = { removed: 0, headings: 0 };
  new MutationObserver((changes) => {
    for (const { removedNodes, addedNodes } of changes) {
      seen.removed += [...removedNodes].filter((each) => each instanceof Element).length;
      seen.headings += [...addedNodes].filter((each) => /^H[1-6]$/.test(each.nodeName)).length;
    }
  }).observe(document.querySelector(".answer-text"), { childList: true, subtree: true });
}"""

BLOCKS = {
    "paragraph": ("Some words, ", "and more ", "**of** them "),
    "list": ("- Some words,\n", "- and **more**\n", "- of them\n"),
    "nested list": ("- Some words,\n", "  - and **more**\n", "    1. of them\n"),
    "quote": ("> Some words,\n", "> and **more**\n", "> of them\n"),
    "table": ("| Some words, | b |\n|---|---|\n", "| and | **more** |\n", "| of them | d |\n"),
    "code": ("```\nSome words,\n", "and more\n", "of them\n"),
}


def _selection(page: Page) -> str:
    selected: str = page.evaluate("String(getSelection())")
    return selected


@pytest.mark.parametrize("block", BLOCKS)
def test_a_selection_in_the_block_that_grows_stays(chat: ChatPage, block: str) -> None:
    first, *more = BLOCKS[block]
    job = chat.ask("Talk.")
    job.say(first)
    expect(chat.text).to_contain_text("Some words,")
    chat.page.evaluate(SELECT, "words")
    for piece in more:
        job.say(piece)
    expect(chat.text).to_contain_text("of them")
    assert _selection(chat.page) == "words"
    job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    assert _selection(chat.page) == "words"


def test_a_link_in_the_block_that_grows_keeps_the_focus(chat: ChatPage) -> None:
    job = chat.ask("Talk.")
    job.say("See [this place](https://a.example/x) and ")
    link = chat.text.get_by_role("link", name="this place")
    link.focus()
    job.say("then ", "[another](https://b.example) ", "*one*.")
    expect(chat.text).to_contain_text("another one.")
    expect(link).to_be_focused()


def test_code_that_was_scrolled_sideways_stays_there(chat: ChatPage) -> None:
    job = chat.ask("Talk.")
    job.say("```\n" + "x" * 400 + "\n")
    code = chat.text.locator("pre")
    expect(code).to_contain_text("xxx")
    code.evaluate("(element) => { element.scrollLeft = 200; }")
    job.say("and more\n", "of them\n```\n")
    expect(code).to_contain_text("of them")
    assert code.evaluate("(element) => element.scrollLeft") == 200


def test_what_is_written_is_only_added_to(chat: ChatPage) -> None:
    """Nothing is taken away and put back, and no list looks like a heading for a moment."""
    job = chat.ask("Talk.")
    job.say("Some ")
    expect(chat.text).to_contain_text("Some")
    chat.page.evaluate(WATCH)
    shown = "Some"
    for piece in ("words:\n", "-", " one\n", "- two **", "bold**\n", "- three\n", "\n", "end"):
        job.say(piece)
        if words := piece.strip("-* \n"):
            shown = words
        expect(chat.text).to_contain_text(shown)
        expect(chat.text).not_to_contain_text("-")
    job.finish()
    chat.shows("done", "Some words:onetwo boldthreeend")
    assert chat.page.evaluate("seen") == {"removed": 0, "headings": 0}
