"""An answer that a browser tab computes on WebGPU reaches a person's page, whatever happens."""

from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from tests.e2e.pages import Chat, Donor
from tests.support.orchestrator import Orchestrator
from tests.support.stores import plain_client

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.webgpu,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

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
        kind = client.hget(f"ashao:worker:{{{producer}}}", "type")
    return bool(kind == "browser")


@pytest.mark.dear
async def test_a_donors_tab_computes_the_answer_and_the_chat_shows_it_to_the_letter(
    donor: Donor, chat: Chat, recited: str, redis_url: str
) -> None:
    """The genuine engine under Python in the tab: the recited text, written by that worker."""
    answer = await chat.ask("What do you say?")
    assert await chat.until_done(answer) == recited
    claimed_by = _claimed_by(redis_url, await answer.get_attribute("data-job-id"))
    assert _is_browser_worker(redis_url, claimed_by)
    await donor.until("ready")


async def test_cancel_stops_the_donor_and_what_was_said_stays(donor: Donor, chat: Chat) -> None:
    """The reader presses Stop: the tab is free again, and takes the next job."""
    answer = await chat.ask("Say something long.")
    await chat.until_begun(answer, BEGINNING)
    await chat.stop_button.click()
    await expect(answer).to_have_attribute("data-status", "failed")
    await donor.until("ready")
    assert (await chat.text(answer).inner_text()).startswith(BEGINNING)
    await chat.until_begun(await chat.ask("And again?"), BEGINNING)


async def test_a_tab_closes_mid_sentence_and_another_tab_goes_on(
    patient: Orchestrator, context: BrowserContext, donor: Donor, chat: Chat, recited: str
) -> None:
    """One unbroken answer from two machines: nothing lost, nothing twice."""
    leaving = await Donor(await context.new_page(), patient.url).open()
    await leaving.start()
    await donor.pause_button.click()
    answer = await chat.ask("What do you say?")
    await chat.until_begun(answer, BEGINNING)
    await leaving.page.close()
    await donor.resume_button.click()
    assert await chat.until_done(answer) == recited


async def test_without_a_donor_the_provider_answers(
    impatient: Orchestrator, context: BrowserContext
) -> None:
    """Nobody donates: the answer comes all the same, and says what it is."""
    chat = await Chat(await context.new_page(), impatient.url).open()
    answer = await chat.ask("Is anybody there?")
    assert "This is a simulation" in await chat.until_done(answer)
