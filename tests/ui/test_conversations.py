"""Conversations are kept: left, opened again, gone on with, renamed, deleted."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.chat_page import ChatPage
from tests.ui.scripted_job import REPLY_SLACK_S
from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_a_question_asked_before_the_history_is_there_comes_after_it(chat: ChatPage) -> None:
    chat.ask("First?").finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    chat.orchestrator.history.clear()
    chat.page.reload()
    chat.message.fill("Second?")
    chat.send.click()
    chat.orchestrator.history.set()
    job = chat.orchestrator.next_job()
    job.say("Yes.")
    job.finish()
    chat.shows("done", "Yes.")
    expect(chat.page.locator(".question")).to_have_text(["First?", "Second?"])


def test_a_question_that_meets_a_growing_answer_goes_back_to_its_writer(chat: ChatPage) -> None:
    """The history, once it is there, may hold an answer that is still being written."""
    job = chat.ask("First?")
    job.say("One, ")
    chat.shows("running", "One,")
    chat.orchestrator.history.clear()
    chat.page.reload()
    chat.message.fill("Second?")
    chat.send.click()
    expect(chat.message).to_have_value("")
    chat.orchestrator.history.set()
    chat.shows("running", "One,")
    expect(chat.message).to_have_value("Second?")
    assert chat.orchestrator.sent.empty()


def test_leaving_ends_the_stream_of_every_answer_that_is_still_growing(chat: ChatPage) -> None:
    """Two tabs can ask in one conversation; whoever opens it then reads both answers."""
    first = chat.ask("First?")
    first.say("One, ")
    chat.shows("running", "One,")
    second = chat.orchestrator.take(first.sent | {"content": "Second?"}, None)
    second.say("Two, ")
    chat.page.reload()
    expect(chat.answers).to_have_text([re.compile("One,"), re.compile("Two,")])
    with (
        chat.page.expect_event("requestfailed", lambda request: first.id in request.url),
        chat.page.expect_event("requestfailed", lambda request: second.id in request.url),
    ):
        chat.page.get_by_role("button", name="New chat").click()


def test_a_kept_conversation_can_be_left_and_opened_again(chat: ChatPage) -> None:
    job = chat.ask("What is kept?")
    job.say("All of it.")
    job.finish()
    chat.shows("done", "All of it.")
    chat.page.get_by_role("button", name="New chat").click()
    expect(chat.answers).to_have_count(0)
    chat.page.get_by_role("link", name=re.compile("What is kept?")).click()
    chat.shows("done", "All of it.")


def test_the_skip_link_leads_to_the_message_and_leaves_the_conversation_alone(
    chat: ChatPage,
) -> None:
    """Its address names a place on the page, and a reload does not take it for a conversation."""
    chat.ask("What is kept?").finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    for _ in range(2):
        chat.page.get_by_role("link", name="Skip to writing").press("Enter")
        expect(chat.message).to_be_focused()
        assert chat.page.url.endswith("#message")
        expect(chat.page.locator(".question")).to_have_text("What is kept?")
        chat.page.reload()
    assert chat.ask("And now?").sent["conversationId"] == "c" * 32


def _kept(chat: ChatPage, question: str) -> None:
    chat.ask(question).finish()
    expect(chat.answer).to_have_attribute("data-status", "done")


@pytest.mark.parametrize("leave", ["Enter", "Tab", "a click elsewhere"])
def test_a_conversation_is_renamed_in_place(chat: ChatPage, leave: str) -> None:
    _kept(chat, "First words")
    chat.page.get_by_role("button", name="Rename conversation").click()
    chat.page.get_by_role("textbox", name="Title").fill("A better name")
    if leave == "a click elsewhere":
        chat.page.locator(".question").click()
    else:
        chat.page.keyboard.press(leave)
    expect(chat.page.get_by_role("link", name=re.compile("A better name"))).to_be_visible()
    expect(chat.page.get_by_role("textbox", name="Title")).to_have_count(0)
    if leave == "Enter":
        expect(chat.page.get_by_role("button", name="Rename conversation")).to_be_focused()


def test_escape_leaves_the_name_as_it_was(chat: ChatPage) -> None:
    _kept(chat, "First words")
    chat.page.get_by_role("button", name="Rename conversation").click()
    chat.page.get_by_role("textbox", name="Title").fill("A worse name")
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("link", name=re.compile("First words"))).to_be_visible()
    assert not chat.orchestrator.titles


def test_a_conversation_that_was_deleted_can_be_had_back(chat: ChatPage) -> None:
    _kept(chat, "First words")
    chat.page.get_by_role("button", name="Delete conversation").click()
    expect(chat.answers).to_have_count(0)
    undo = chat.page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.click()
    expect(chat.page.locator(".question")).to_have_text("First words")
    expect(chat.page.get_by_role("link", name=re.compile("First words"))).to_be_visible()
    chat.page.reload()
    expect(chat.page.locator(".question")).to_have_text("First words")


def test_on_a_phone_it_can_be_had_back_from_the_list_that_stays(chat: ChatPage) -> None:
    _kept(chat, "First words")
    chat.page.set_viewport_size({"width": 390, "height": 800})
    chat.page.get_by_role("button", name="Conversations").click()
    chat.page.get_by_role("button", name="Delete conversation").click()
    expect(chat.answers).to_have_count(0)
    chat.page.get_by_role("button", name="Undo").click()
    expect(chat.page.locator(".question")).to_have_text("First words")


@pytest.mark.parametrize("how", ["time", "leaving"])
def test_without_an_undo_it_goes_for_good(
    page: Page, orchestrator: ScriptedOrchestrator, how: str
) -> None:
    """After a while, or when the page is left."""
    page.clock.install()
    chat = ChatPage(page, orchestrator)
    _kept(chat, "First words")
    page.get_by_role("button", name="Delete conversation").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert orchestrator.jobs
    assert orchestrator.forgotten.empty()
    if how == "time":
        page.clock.fast_forward(10_000)
    else:
        page.goto(f"{orchestrator.url}/worker.html")
    assert orchestrator.forgotten.get(timeout=REPLY_SLACK_S) == "c" * 32


@pytest.mark.parametrize("how", ["click", "focus"])
def test_on_a_phone_the_list_goes_when_something_else_is_wanted(chat: ChatPage, how: str) -> None:
    _kept(chat, "First words")
    chat.page.set_viewport_size({"width": 390, "height": 800})
    toggle = chat.page.get_by_role("button", name="Conversations")
    toggle.click()
    panel = chat.page.get_by_role("complementary", name="Conversations")
    expect(panel).to_be_visible()
    panel.get_by_role("searchbox").click()
    expect(panel).to_be_visible()
    if how == "click":
        chat.page.mouse.click(200, 780)
    else:
        chat.message.focus()
    expect(panel).to_be_hidden()
    expect(toggle).to_have_attribute("aria-expanded", "false")


def test_a_title_that_is_being_typed_outlives_an_answer_that_ends_meanwhile(
    chat: ChatPage,
) -> None:
    job = chat.ask("First words")
    job.say("Well. ")
    chat.shows("running", "Well.")
    chat.page.get_by_role("button", name="Rename conversation").click()
    chat.page.get_by_role("textbox", name="Title").fill("A better name")
    with chat.page.expect_response("**/api/conversations"):
        job.finish()
    expect(chat.answer).to_have_attribute("data-status", "done")
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("link", name=re.compile("A better name"))).to_be_visible()


@pytest.mark.parametrize(
    "unreadable",
    ["> " * 3_000 + "the end", "\n".join("> " * (200 - step) + "the end" for step in range(200))],
    ids=["deep", "staircase"],
)
def test_an_answer_that_cannot_be_rendered_takes_no_other_along(
    chat: ChatPage, unreadable: str
) -> None:
    for answer in ("**Before.**", unreadable, "*After.*"):
        job = chat.ask("Well?")
        job.say(*(answer[at : at + 1_000] for at in range(0, len(answer), 1_000)))
        job.finish()
        expect(chat.answer).to_have_attribute("data-status", "done")
    chat.page.reload()
    expect(chat.answers).to_have_text(
        [re.compile("Before"), re.compile("the end"), re.compile("After")]
    )
    expect(chat.text.locator("em")).to_have_text("After.")
