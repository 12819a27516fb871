"""The chat page: an answer arrives to the letter, whatever the network does, and never as code."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.scripted_answer import ScriptedAnswer
from tests.ui.scripted_site import CONVERSATION, ScriptedSite

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PIECES = ("Once ", "upon ", "a ", "time, ", "in ", "Åland", ", the end.")
WIDE = (
    "`"
    + "x" * 400
    + "`\n\n```\n"
    + "y" * 400
    + "\n```\n\n| a | b |\n|---|---|\n| "
    + "z" * 200
    + " | w |\n"
)


def ask(page: Page, question: str = "Tell me.") -> Locator:
    """Send a question; the newest answer."""
    page.get_by_role("textbox", name="Message").fill(question)
    page.get_by_role("button", name="Send").click()
    return page.get_by_role("log").get_by_role("article").last


def text(answer: Locator) -> Locator:
    """The words of an answer."""
    return answer.locator(".answer-text")


def is_as_wide_as_the_screen(page: Page) -> bool:
    """Whether nothing makes the page scroll sideways."""
    script = "document.scrollingElement.scrollWidth <= innerWidth"
    return bool(page.evaluate(script))


def test_broken_connections_cost_no_letter_and_repeat_none(page: Page, site: ScriptedSite) -> None:
    """Connections are cut inside of events; the next one starts right after what was seen."""
    answer = ScriptedAnswer(PIECES, breaks=(2, 2, 5))
    site.script = [answer]
    page.goto(site.url)
    shown = ask(page)
    expect(shown).to_have_attribute("data-status", "done")
    assert text(shown).inner_text() == answer.text
    assert answer.resumed_after == [-1, 1, 1, 4]


def test_a_server_that_restarts_in_mid_answer_is_waited_for(page: Page, site: ScriptedSite) -> None:
    answer = ScriptedAnswer(PIECES, breaks=(4,), outages=3)
    site.script = [answer]
    page.goto(site.url)
    shown = ask(page)
    expect(shown.get_by_text("Reconnecting")).to_be_visible()
    expect(shown).to_have_attribute("data-status", "done")
    expect(shown.get_by_text("Reconnecting")).to_be_hidden()
    assert text(shown).inner_text() == answer.text


def test_a_page_that_is_loaded_anew_in_mid_answer_goes_on(page: Page, site: ScriptedSite) -> None:
    answer = ScriptedAnswer(PIECES, waits_at=3)
    site.script = [answer]
    page.goto(site.url)
    expect(text(ask(page))).to_have_text("Once upon a")
    page.reload()
    shown = page.get_by_role("log").get_by_role("article")
    expect(text(shown)).to_have_text("Once upon a")
    answer.go_on()
    expect(shown).to_have_attribute("data-status", "done")
    assert text(shown).inner_text() == answer.text
    expect(page.get_by_text("Tell me.")).to_have_count(1)


def test_a_send_whose_reply_was_lost_is_repeated_and_asked_once(
    page: Page, site: ScriptedSite
) -> None:
    site.script = [ScriptedAnswer(PIECES)]
    site.lost_replies = 1
    page.goto(site.url)
    expect(ask(page)).to_have_attribute("data-status", "done")
    first, second = site.keys
    assert first == second


def test_an_answer_is_markdown_but_never_code(page: Page, site: ScriptedSite) -> None:
    """Nothing in it runs, and nothing is loaded from where it points."""
    hostile = (
        "**bold** <script>window.stolen = 1</script> <img src='/stolen.png' onerror='stolen = 1'>",
        " ![x](/stolen.png) [click](javascript:stolen=1) <svg onload='stolen = 1'> ",
        "<a href='data:text/html,x'>y</a> <style>body { display: none }</style>",
    )
    site.script = [ScriptedAnswer(hostile)]
    page.goto(site.url)
    shown = ask(page)
    expect(shown).to_have_attribute("data-status", "done")
    expect(text(shown).locator("strong")).to_have_text("bold")
    assert text(shown).locator("script, img, svg, style, [onerror]").count() == 0
    assert text(shown).locator("a[href^=javascript], a[href^=data]").count() == 0
    assert page.evaluate("typeof stolen") == "undefined"
    assert "/stolen.png" not in site.requested


def test_stop_ends_the_answer_and_what_was_said_stays(page: Page, site: ScriptedSite) -> None:
    site.script = [ScriptedAnswer(PIECES, waits_at=2), ScriptedAnswer(PIECES)]
    page.goto(site.url)
    shown = ask(page)
    expect(text(shown)).to_have_text("Once upon")
    page.get_by_role("button", name="Stop").click()
    expect(shown).to_have_attribute("data-status", "failed")
    expect(shown.get_by_text("Stopped.")).to_be_visible()
    expect(text(shown)).to_have_text("Once upon")
    assert site.cancelled == [shown.get_attribute("data-job-id")]
    expect(ask(page)).to_have_attribute("data-status", "done")


def test_a_failed_answer_says_why_and_is_retried_without_asking_twice(
    page: Page, site: ScriptedSite
) -> None:
    failure = {"type": "error", "message": "No machine was free in time."}
    site.script = [ScriptedAnswer(PIECES[:2], ending=failure), ScriptedAnswer(PIECES)]
    page.goto(site.url)
    shown = ask(page)
    expect(shown.get_by_text("No machine was free in time.")).to_be_visible()
    failed_job = shown.get_attribute("data-job-id")
    shown.get_by_role("button", name="Retry").click()
    expect(shown).to_have_attribute("data-status", "done")
    assert text(shown).inner_text() == "".join(PIECES)
    assert site.sent[1]["retryOf"] == failed_job
    assert site.sent[1]["conversationId"] == CONVERSATION
    expect(page.get_by_text("Tell me.")).to_have_count(1)


def test_a_refused_question_says_why_and_can_be_sent_again(page: Page, site: ScriptedSite) -> None:
    site.script = [ScriptedAnswer(refusal=(429, {"error": "x"})), ScriptedAnswer(PIECES)]
    page.goto(site.url)
    shown = ask(page)
    expect(shown).to_contain_text("Please wait a moment.")
    shown.get_by_role("button", name="Retry").click()
    expect(shown).to_have_attribute("data-status", "done")
    assert "retryOf" not in site.sent[1]


def test_who_waits_sees_the_place_in_the_queue(page: Page, site: ScriptedSite) -> None:
    answer = ScriptedAnswer(PIECES, positions=(7, 3), waits_at=0)
    site.script = [answer]
    page.goto(site.url)
    shown = ask(page)
    expect(shown).to_contain_text("3 ahead of you")
    expect(shown).to_have_attribute("data-status", "queued")
    answer.go_on()
    expect(shown).to_have_attribute("data-status", "done")
    expect(shown).not_to_contain_text("ahead of you")


def test_the_keyboard_sends_breaks_lines_and_stops(page: Page, site: ScriptedSite) -> None:
    site.script = [ScriptedAnswer(PIECES, waits_at=1)]
    page.goto(site.url)
    page.get_by_role("textbox", name="Message").focus()
    page.keyboard.type("First line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Enter")
    shown = page.get_by_role("log").get_by_role("article")
    expect(text(shown)).to_have_text("Once")
    assert site.sent[0]["content"] == "First line\nsecond line"
    page.keyboard.press("Escape")
    expect(shown).to_have_attribute("data-status", "failed")
    assert len(site.cancelled) == 1


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_makes_the_page_scroll_sideways(page: Page, site: ScriptedSite, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    site.script = [ScriptedAnswer([WIDE])]
    page.goto(site.url)
    assert is_as_wide_as_the_screen(page)
    expect(ask(page, "w" * 300)).to_have_attribute("data-status", "done")
    assert is_as_wide_as_the_screen(page)


def test_the_tier_that_was_chosen_is_asked(page: Page, site: ScriptedSite) -> None:
    site.script = [ScriptedAnswer(PIECES), ScriptedAnswer(PIECES)]
    page.goto(site.url)
    expect(ask(page)).to_have_attribute("data-status", "done")
    page.get_by_role("radio", name="Max").check()
    expect(ask(page)).to_have_attribute("data-status", "done")
    assert [sent["tier"] for sent in site.sent] == ["pro", "max"]


def test_a_kept_conversation_opens_and_a_new_chat_is_empty(page: Page, site: ScriptedSite) -> None:
    site.script = [ScriptedAnswer(PIECES)]
    page.goto(site.url)
    expect(ask(page)).to_have_attribute("data-status", "done")
    page.get_by_role("button", name="New chat").click()
    expect(page.get_by_role("log").get_by_role("article")).to_have_count(0)
    page.get_by_role("button", name="Chats").click()
    page.get_by_role("link", name="A kept one").click()
    shown = page.get_by_role("log").get_by_role("article")
    expect(text(shown)).to_have_text("".join(PIECES))
