"""One key's many jobs: so many at a time, and they do not starve the one job of another."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from openai import AsyncOpenAI, RateLimitError

from ashao.store.embedded import EmbeddedStore
from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

LIMIT = 8


@pytest.fixture(scope="module")
def patient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """An orchestrator whose jobs wait for a worker, with a small limit."""
    settings = {
        "ASHAO_WORKER_GRACE_MS": "60000",
        "ASHAO_IN_FLIGHT": str(LIMIT),
        "ASHAO_SIMULATE_V1": "on",
    }
    with orchestrator(tmp_path_factory.mktemp("limits"), **settings) as running:
        assert httpx.get(f"{running.url}/health/ready", timeout=60).status_code == 200
        yield running


@pytest.fixture
async def ann(patient_server: Orchestrator) -> AsyncIterator[AsyncOpenAI]:
    """A program that asks much."""
    async with await _program(patient_server) as client:
        yield client


@pytest.fixture
async def bob(patient_server: Orchestrator) -> AsyncIterator[AsyncOpenAI]:
    """A program that asks once."""
    async with await _program(patient_server) as client:
        yield client


async def _program(server: Orchestrator) -> AsyncOpenAI:
    secret = await created_key(EmbeddedStore(server.data_dir).url)
    return AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0)


def _ask(client: AsyncOpenAI, content: str) -> asyncio.Task[object]:
    return asyncio.create_task(
        client.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": content}]
        )
    )


async def _queued(server: Orchestrator) -> int:
    async with httpx.AsyncClient(base_url=server.url) as http:
        queued: int = (await http.get("/api/network")).json()["queued"]["pro"]
        return queued


async def _many(server: Orchestrator, client: AsyncOpenAI) -> list[asyncio.Task[object]]:
    """As many questions of one key as may wait at a time."""
    asked = [_ask(client, f"ann {number}") for number in range(LIMIT)]

    async def all_wait() -> bool:
        return await _queued(server) == LIMIT

    await wait_until(all_wait, "all questions to wait")
    return asked


async def _ended(asked: list[asyncio.Task[object]]) -> None:
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


async def _nothing_waits(server: Orchestrator) -> None:
    async def none() -> bool:
        return await _queued(server) == 0

    await wait_until(none, "an empty queue")


async def test_a_hundred_jobs_of_one_do_not_starve_the_one_of_another(
    patient_server: Orchestrator, ann: AsyncOpenAI, bob: AsyncOpenAI
) -> None:
    asked = await _many(patient_server, ann)
    asked.append(_ask(bob, "bob"))
    async with ScriptedWorker(patient_server.url) as worker:
        answered = []
        while "bob" not in answered:
            claimed = await worker.claim()
            answered.append(claimed["messages"][0]["content"])
            await worker.say(claimed, 0, "Yes.")
            await worker.complete(claimed)
    assert len(answered) <= 5  # four of Ann's were there first, not eight
    await _ended(asked)
    await _nothing_waits(patient_server)


async def test_over_the_limit_a_key_is_told_to_wait_and_others_are_not(
    patient_server: Orchestrator, ann: AsyncOpenAI, bob: AsyncOpenAI
) -> None:
    asked = await _many(patient_server, ann)
    with pytest.raises(RateLimitError) as refused:
        await _ask(ann, "one more")
    assert int(refused.value.response.headers["retry-after"]) > 0
    asked.append(_ask(bob, "bob"))

    async def waits() -> bool:
        return await _queued(patient_server) == LIMIT + 1

    await wait_until(waits, "the question of another")
    await _ended(asked)
    await _nothing_waits(patient_server)
