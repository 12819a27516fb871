"""Code has its colours, and formulas look as in a book: both come when an answer needs them."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.ui.chat_page import ChatPage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

CODE = '```python\ndef half(n):\n    return "of " + n / 2  # a word\n```\n'
FORMULAS = "It is \\(a_1^2\\), and $$\\frac{1}{x}$$ more."
COLOURED = """() => Object.fromEntries([...CSS.highlights].map(([kind, highlight]) => [
  kind, [...highlight].map(({ startContainer, startOffset, endOffset }) =>
    startContainer.data.slice(startOffset, endOffset)),
]))"""
SELECT = """() => {
  const { firstChild } = document.querySelector("pre code");
  getSelection().setBaseAndExtent(firstChild, 0, firstChild, 8);
}"""
WITHIN_S = 15
ON_DEMAND = ("highlight.js", "math.js", "math.css", ".woff2")


@pytest.fixture
def fetched(chat: ChatPage) -> list[str]:
    """The addresses that the page asked for since it was open."""
    addresses: list[str] = []
    chat.page.on("request", lambda request: addresses.append(request.url))
    return addresses


def _coloured(page: Page, keyword: str) -> dict[str, list[str]]:
    """What has which colour, once the first keyword on the page has its own."""
    until = time.monotonic() + WITHIN_S
    while True:
        found: dict[str, list[str]] = page.evaluate(COLOURED)
        if found.get("code-keyword", [])[:1] == [keyword]:
            return found
        assert time.monotonic() < until, found
        page.wait_for_timeout(20)


def test_prose_fetches_neither(chat: ChatPage, fetched: list[str]) -> None:
    job = chat.ask("Talk.")
    job.say("Just words for $5, and `code`.\n\n```python\nhalf = ")
    expect(chat.text).to_contain_text("half")
    assert [each for each in fetched if each.endswith(ON_DEMAND)] == []


def test_code_is_coloured_once_it_is_whole_and_a_selection_in_it_stays(chat: ChatPage) -> None:
    job = chat.ask("Talk.")
    job.say(CODE[:-4])
    expect(chat.text.locator("pre")).to_contain_text("half")
    chat.page.evaluate(SELECT)
    job.say(CODE[-4:])
    coloured = _coloured(chat.page, "def")
    assert coloured["code-keyword"] == ["def", "return"]
    assert coloured["code-title"] == ["half"]
    assert coloured["code-string"] == ['"of "']
    assert coloured["code-number"] == ["2"]
    assert coloured["code-comment"] == ["# a word"]
    assert chat.page.evaluate("String(getSelection())") == "def half"
    job.say("And more of it.")
    expect(chat.text).to_contain_text("more of it")
    assert chat.page.evaluate(COLOURED) == coloured


def test_what_left_the_page_has_no_colours_left(chat: ChatPage) -> None:
    """Answers come and go for days in one tab."""
    for _ in range(2):
        job = chat.ask("Talk.")
        job.say(CODE)
        job.finish()
        _coloured(chat.page, "def")
        chat.page.get_by_role("button", name="New chat").click()
        expect(chat.answers).to_have_count(0)
    job = chat.ask("Talk.")
    job.say("```python\nreturn\n```\n")
    assert _coloured(chat.page, "return")["code-title"] == []


def test_formulas_are_set_while_the_answer_grows(chat: ChatPage, fetched: list[str]) -> None:
    job = chat.ask("Talk.")
    job.say(FORMULAS)
    expect(chat.text.locator("math")).to_have_count(2)
    expect(chat.text.locator("math[display=block]")).to_have_count(1)
    job.say(" Then $y$")
    expect(chat.text.locator("math")).to_have_count(3)
    job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    expect(chat.text.locator("math")).to_have_count(3)
    assert {name for name in ON_DEMAND for each in fetched if each.endswith(name)} == {
        *("math.js", "math.css", ".woff2")
    }


def test_a_formula_links_nowhere(chat: ChatPage) -> None:
    job = chat.ask("Talk.")
    job.say(r"So $\href{javascript:x}{y}$, $\htmlId{log}{y}$ and $x$.")
    expect(chat.text.locator("math")).to_have_count(3)
    expect(chat.text.locator("a, [href], [id]")).to_have_count(0)


@pytest.mark.parametrize("formula", [r"\(\frac{1\)", r"$\def\a{\a\a}\a$"])
def test_a_formula_that_cannot_be_set_stays_text(chat: ChatPage, formula: str) -> None:
    job = chat.ask("Talk.")
    job.say(f"So {formula} and $x$.")
    expect(chat.text.locator("math")).to_have_count(1)
    expect(chat.text).to_contain_text(formula)
    expect(chat.text.locator("a")).to_have_count(0)


def test_without_the_libraries_all_is_readable_and_the_next_answer_tries_again(
    chat: ChatPage,
) -> None:
    chat.page.route("**/math.js", lambda route: route.abort())
    job = chat.ask("Talk.")
    with chat.page.expect_event("requestfailed"):
        job.say("So $x + y$ is.")
    job.finish()
    chat.shows("done", "So $x + y$ is.")
    chat.page.unroute("**/math.js")
    job = chat.ask("Talk.")
    job.say("And $z$.")
    expect(chat.text.locator("math")).to_have_count(1)
