"""A program gets no simulation: where nobody can answer it is told so, and how that is changed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from openai import APIStatusError, AsyncOpenAI, NotFoundError

from ashao.store.embedded import EmbeddedStore
from tests.support.api_keys import created_key
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker

TIMES = {"ASHAO_WORKER_GRACE_MS": "300", "ASHAO_QUEUE_TTL_S": "1"}
KNOWN_MODEL = "Llama-3.2-1B-Instruct-q4f16_1-MLC"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """An orchestrator as it comes, with neither provider nor worker."""
    with orchestrator(tmp_path_factory.mktemp("alone"), **TIMES) as running:
        assert httpx.get(f"{running.url}/health/ready", timeout=60).status_code == 200
        yield running


@pytest.fixture
def visited(tmp_path: Path) -> Iterator[Orchestrator]:
    """One to which a worker comes, which may be counted on for a second after it left."""
    with orchestrator(tmp_path, **TIMES) as running:
        assert httpx.get(f"{running.url}/health/ready", timeout=60).status_code == 200
        yield running


@pytest.fixture
async def program(alone: Orchestrator) -> AsyncIterator[AsyncOpenAI]:
    """A program that asks."""
    async with _program(alone, await created_key(EmbeddedStore(alone.data_dir).url)) as sdk:
        yield sdk


def _program(server: Orchestrator, secret: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0)


@pytest.fixture
async def visitor(visited: Orchestrator) -> AsyncIterator[AsyncOpenAI]:
    """A program that asks there."""
    async with _program(visited, await created_key(EmbeddedStore(visited.data_dir).url)) as sdk:
        yield sdk


def _ask(program: AsyncOpenAI, model: str, *, stream: bool = False) -> asyncio.Task[object]:
    asking = program.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Hello?"}], stream=stream
    )
    return asyncio.create_task(asking)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("model", "named"),
    [("auto", "tier pro "), ("pro", "tier pro "), ("max", "tier max "), (KNOWN_MODEL, KNOWN_MODEL)],
)
async def test_nobody_is_a_503_that_says_who_is_missing(
    program: AsyncOpenAI, model: str, named: str, stream: bool
) -> None:
    with pytest.raises(APIStatusError) as refused:
        await _ask(program, model, stream=stream)
    assert refused.value.status_code == 503
    assert int(refused.value.response.headers["Retry-After"]) > 0
    said = refused.value.response.json()["error"]
    assert said["code"] == "no_producer"
    for words in (named, "ashao worker", "/worker.html", "GEMINI_API_KEY"):
        assert words in said["message"]


async def test_the_simulation_is_no_model_of_a_program(program: AsyncOpenAI) -> None:
    assert [each.id async for each in program.models.list()] == ["auto", "pro", "max"]
    with pytest.raises(NotFoundError):
        await _ask(program, "simulation")


async def test_a_program_whose_worker_went_away_gets_no_simulation(
    visited: Orchestrator, visitor: AsyncOpenAI
) -> None:
    async with ScriptedWorker(visited.url) as worker:
        asking = _ask(visitor, "auto")
        claimed = await worker.claim()
        await worker.say(claimed, 0, "Half an ")
        await worker.post("release", workerId=worker.id)
        with pytest.raises(APIStatusError) as failed:
            await asking
    assert failed.value.status_code == 503


async def test_auto_finds_the_only_worker_whatever_its_tier(
    visited: Orchestrator, visitor: AsyncOpenAI
) -> None:
    async with ScriptedWorker(visited.url, kind="native", tiers=["max"]) as worker:
        asking = _ask(visitor, "auto")
        claimed = await worker.claim(tier="max")
        await worker.say(claimed, 0, "Hello.")
        await worker.complete(claimed)
        await asking
        await worker.post("release", workerId=worker.id)


async def test_people_are_shown_the_simulation_all_the_same(alone: Orchestrator) -> None:
    async with ChatClient(alone.url) as person:
        answer = await person.answer(await person.send())
    assert answer.text.startswith("This is a simulation")
