"""The chat page shows exactly what was said, whatever happens between it and the server."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.chat_page import ChatPage
from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def test_an_answer_grows_token_by_token(chat: ChatPage) -> None:
    job = chat.ask("What is a tide?")
    assert job.sent["content"] == "What is a tide?"
    assert job.idempotency_key
    job.say("The sea ")
    chat.shows("running", "The sea")
    expect(chat.answer).to_have_attribute("data-job-id", job.id)
    job.say("goes **away** and ", "comes back.")
    job.finish()
    chat.shows("done", "The sea goes away and comes back.")
    expect(chat.text.locator("strong")).to_have_text("away")


def test_a_dropped_connection_leaves_neither_gap_nor_repeat(chat: ChatPage) -> None:
    job = chat.ask("Count.")
    job.say("one ", "two ")
    chat.shows("running", "one two")
    job.drop()
    job.say("three ", "four")
    job.finish()
    chat.shows("done", "one two three four")
    assert job.readers == [None, "1-0123456789ab"]


def test_without_a_network_the_page_waits_and_then_goes_on(chat: ChatPage) -> None:
    job = chat.ask("Count.")
    job.say("one ")
    chat.shows("running", "one")
    chat.page.context.set_offline(True)
    job.drop()
    expect(chat.answer).to_contain_text("Reconnecting")
    job.say("two")
    job.finish()
    chat.page.context.set_offline(False)
    chat.shows("done", "one two")
    expect(chat.answer).not_to_contain_text("Reconnecting")


def test_an_answer_whose_stream_is_gone_comes_from_the_history(chat: ChatPage) -> None:
    job = chat.ask("Count.")
    job.say("one ")
    chat.shows("running", "one")
    job.is_stream_gone = True
    job.drop()
    job.say("two")
    job.finish()
    chat.shows("done", "one two")


def test_a_reload_in_mid_answer_loses_nothing(chat: ChatPage) -> None:
    job = chat.ask("Count.")
    job.say("one ", "two ")
    chat.shows("running", "one two")
    chat.page.reload()
    chat.shows("running", "one two")
    job.say("three")
    job.finish()
    chat.shows("done", "one two three")
    expect(chat.page.locator(".question")).to_have_text("Count.")


def test_a_script_in_a_token_stays_text_and_nothing_is_fetched(chat: ChatPage) -> None:
    job = chat.ask("Attack me.")
    job.say("<script>window.stolen = 1</script> ", "<img src=/stolen onerror='window.stolen=1'> ")
    job.say("[a](javascript:window.stolen=1) ![b](/stolen) and that is all.")
    job.finish()
    expect(chat.text).to_contain_text("<script>window.stolen = 1</script>")
    expect(chat.text).to_contain_text("that is all.")
    assert chat.text.locator("script, img, a[href]").count() == 0
    assert chat.page.evaluate("window.stolen") is None
    assert "/stolen" not in chat.orchestrator.requested


def test_stop_cancels_and_what_was_said_stays(chat: ChatPage) -> None:
    job = chat.ask("Talk.")
    job.say("Well, ")
    chat.shows("running", "Well,")
    chat.stop.click()
    assert job.is_cancelled.wait(10)
    chat.shows("failed", "Well,")
    expect(chat.answer).to_contain_text("Stopped.")
    expect(chat.send).to_be_visible()


def test_a_stop_that_did_not_work_says_so_and_can_be_tried_again(chat: ChatPage) -> None:
    job = chat.ask("Talk.")
    job.say("Well, ")
    chat.shows("running", "Well,")
    chat.orchestrator.cancel_refusals.append((500, "Oops."))
    chat.stop.click()
    expect(chat.answer).to_contain_text("Stopping did not work.")
    chat.stop.click()
    assert job.is_cancelled.wait(10)
    expect(chat.answer).to_contain_text("Stopped.")


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_copy_is_offered_where_the_browser_allows_it(
    page: Page, orchestrator: ScriptedOrchestrator, has_clipboard: bool
) -> None:
    if not has_clipboard:
        page.add_init_script(NO_CLIPBOARD)
    chat = ChatPage(page, orchestrator)
    job = chat.ask("Talk.")
    job.say("Well.")
    job.finish()
    chat.shows("done", "Well.")
    copy = page.get_by_role("button", name="Copy")
    expect(copy).to_be_visible(visible=has_clipboard)


def test_the_place_in_the_queue_is_told(chat: ChatPage) -> None:
    job = chat.ask("Is anybody there?")
    job.queue_at(2)
    expect(chat.answer).to_contain_text("2 ahead of you")
    job.queue_at(0)
    expect(chat.answer).to_contain_text("You are next")
    job.say("Yes.")
    job.finish()
    chat.shows("done", "Yes.")
    expect(chat.answer).not_to_contain_text("next")


def test_a_failure_is_said_kindly_and_retry_asks_the_same_again(chat: ChatPage) -> None:
    job = chat.ask("Try.")
    job.say("Half ")
    job.fail("Several producers tried and none could finish this answer.")
    chat.shows("failed", "Half")
    expect(chat.answer).to_contain_text("none could finish this answer")
    chat.page.get_by_role("button", name="Retry").click()
    again = chat.orchestrator.next_job()
    assert again.sent["retryOf"] == job.id
    assert again.sent["content"] == "Try."
    assert again.idempotency_key != job.idempotency_key
    again.say("Whole.")
    again.finish()
    chat.shows("done", "Whole.")
    expect(chat.answers).to_have_count(1)


def test_a_refused_message_says_why(chat: ChatPage) -> None:
    chat.orchestrator.refuse_next(402, "Your credits do not suffice.")
    chat.message.fill("Anything")
    chat.send.click()
    expect(chat.answer).to_contain_text("Your credits do not suffice.")
    expect(chat.answer).to_have_attribute("data-status", "failed")


def test_a_server_that_is_away_for_a_moment_gets_the_same_message_again(chat: ChatPage) -> None:
    chat.orchestrator.refuse_next(503, "The store is away.")
    job = chat.ask("Hello?")
    job.say("Hello.")
    job.finish()
    chat.shows("done", "Hello.")


def test_the_keyboard_is_enough(chat: ChatPage) -> None:
    expect(chat.message).to_be_focused()
    chat.page.keyboard.type("First line")
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("second line")
    chat.page.keyboard.press("Enter")
    job = chat.orchestrator.next_job()
    assert job.sent["content"] == "First line\nsecond line"
    expect(chat.message).to_have_value("")
    chat.page.keyboard.press("Escape")
    assert job.is_cancelled.wait(10)


@pytest.mark.sample(1)
@pytest.mark.parametrize("path", ["/", "/worker.html", "/account.html"])
def test_nothing_is_wider_than_a_phone(
    page: Page, orchestrator: ScriptedOrchestrator, path: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    chat = ChatPage(page, orchestrator)
    job = chat.ask("Say something wide.")
    job.say("x" * 400, "\n\n```\n", "y" * 400, "\n```\n")
    job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    page.goto(orchestrator.url + path)
    expect(page.get_by_role("link", name="Sign in")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
