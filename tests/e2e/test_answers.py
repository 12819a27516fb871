"""An answer that a browser tab computes on WebGPU reaches a person's page, whatever happens to it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.pages import Chat, Donor
from tests.support.orchestrator import Orchestrator
from tests.support.stores import plain_client

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

RECITED = Path("build/tiny_model/ashao-tiny-q0f32/answer.txt")
BEGINNING = "Hello from ashao!"


@pytest.fixture(scope="session")
def recited(pytestconfig: pytest.Config) -> str:
    """What the demonstration model says, to the letter."""
    return (pytestconfig.rootpath / RECITED).read_text("utf-8").strip()


def _claimed_by(redis_url: str, job_id: str | None) -> str | None:
    with plain_client(redis_url) as client:
        claimed_by = client.hget(f"ashao:job:{{{job_id}}}", "claimedBy")
    assert claimed_by is None or isinstance(claimed_by, str)
    return claimed_by


def _is_browser_worker(redis_url: str, producer: str | None) -> bool:
    with plain_client(redis_url) as client:
        return client.hget(f"ashao:worker:{{{producer}}}", "type") == "browser"


def test_a_donors_tab_computes_the_answer_and_the_chat_shows_it_to_the_letter(
    donor: Donor, chat: Chat, recited: str, redis_url: str
) -> None:
    """The genuine engine under Python in the tab: the recited text, written by that worker."""
    answer = chat.ask("What do you say?")
    assert chat.until_done(answer) == recited
    claimed_by = _claimed_by(redis_url, answer.get_attribute("data-job-id"))
    assert _is_browser_worker(redis_url, claimed_by)
    donor.until("ready")
    expect(donor.page.locator("body")).to_contain_text("1")


def test_cancel_stops_the_donor_and_what_was_said_stays(donor: Donor, chat: Chat) -> None:
    """The reader presses Stop: the tab is free again, and takes the next job."""
    answer = chat.ask("Say something long.")
    chat.until_begun(answer, BEGINNING)
    chat.stop_button.click()
    expect(answer).to_have_attribute("data-status", "failed")
    donor.until("ready")
    assert chat.text(answer).inner_text().startswith(BEGINNING)
    chat.until_begun(chat.ask("And again?"), BEGINNING)


def test_a_tab_closes_mid_sentence_and_another_tab_goes_on(
    patient: Orchestrator, browser: Browser, donor: Donor, chat: Chat, recited: str
) -> None:
    """One unbroken answer from two machines: nothing lost, nothing twice."""
    answer = chat.ask("What do you say?")
    chat.until_begun(answer, BEGINNING)
    context = browser.new_context()
    try:
        second = Donor(context.new_page(), patient.url)
        second.start_button.click()
        donor.page.close(run_before_unload=False)
        assert chat.until_done(answer) == recited
    finally:
        context.close()


def test_without_a_donor_the_provider_answers(impatient: Orchestrator, browser: Browser) -> None:
    """Nobody donates: the answer comes all the same, and says what it is."""
    context = browser.new_context()
    try:
        chat = Chat(context.new_page(), impatient.url)
        assert "This is a simulation" in chat.until_done(chat.ask("Is anybody there?"))
    finally:
        context.close()


def test_a_browser_without_webgpu_is_told_so(
    patient: Orchestrator, browser_without_webgpu: Browser
) -> None:
    """A plain sentence instead of a broken page; nothing heavy was loaded for it."""
    context = browser_without_webgpu.new_context()
    try:
        page = context.new_page()
        page.goto(f"{patient.url}/worker.html")
        expect(page.locator("main")).to_contain_text("WebGPU")
    finally:
        context.close()
