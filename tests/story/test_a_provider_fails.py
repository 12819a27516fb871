"""Two providers behind their real SDKs: what one of them cannot do, the other does at once."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import ChatClient
from tests.support.fake_gemini import FakeGemini
from tests.support.fake_openai import FakeOpenAI
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.passing_time import pass_time
from tests.support.scripted_http import served

TIMES = PATIENT  # a provider that failed pauses for a minute: nobody waits for that here
GRACE_MS = int(PATIENT["ASHAO_WORKER_GRACE_MS"])
AT_ONCE_S = 15


@pytest.fixture(scope="module")
def other() -> Iterator[FakeOpenAI]:
    """Any service that speaks OpenAI's format."""
    fake = FakeOpenAI()
    with served(fake, "/v1"):
        yield fake


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    settings: dict[str, str],
    gemini: FakeGemini,
    other: FakeOpenAI,
) -> Iterator[Orchestrator]:
    """An orchestrator that asks Gemini first and then the other."""
    clouds = {
        "GEMINI_API_KEY": "k3y",
        "ASHAO_GEMINI_BASE_URL": gemini.base_url,
        "ASHAO_OPENAI_BASE_URL": other.base_url,
        "ASHAO_OPENAI_MODEL": "m",
    }
    with orchestrator(tmp_path_factory.mktemp("clouds"), **settings | clouds) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_was_said(gemini: FakeGemini, other: FakeOpenAI) -> None:
    gemini.reset()
    other.reset()


async def test_a_provider_that_fails_before_its_first_token_is_followed_by_the_next_at_once(
    person: ChatClient, gemini: FakeGemini, other: FakeOpenAI, store_at: str
) -> None:
    gemini.fails(503)
    other.says("Here ", "you are.")
    assert await _answer(person, store_at) == "Here you are."
    assert (len(gemini.requests), len(other.requests)) == (3, 1)


async def test_a_provider_that_breaks_off_is_continued_by_the_next_at_once(
    person: ChatClient, gemini: FakeGemini, other: FakeOpenAI, store_at: str
) -> None:
    gemini.says("The answer survives ", "the machine that ", finish="", end="reset")
    other.says("the machine that ", "was writing it.")
    answer = await _answer(person, store_at)
    assert answer == "The answer survives the machine that was writing it."
    assert (len(gemini.requests), len(other.requests)) == (1, 1)


async def _answer(person: ChatClient, store_at: str) -> str:
    """The answer to a question that no worker took."""
    job_id = await person.send(tier="max")
    await pass_time(store_at, job_id, GRACE_MS, "graceUntil")
    async with asyncio.timeout(AT_ONCE_S):
        answer = await person.answer(job_id)
    assert answer.last["type"] == "done"
    return answer.text
