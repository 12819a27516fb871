"""A program waits for an answer while its orchestrator is asked to leave; it cannot resume."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from openai import APIError, AsyncOpenAI, InternalServerError

from ashao.jobs.codes import EndCode
from ashao.jobs.job import JobId
from ashao.jobs.store import JobStore, Rules
from ashao.store.redis import connect
from tests.story.conftest import PATIENT
from tests.support.api_keys import created_key
from tests.support.jobs import view
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT
pytestmark = pytest.mark.timeout(90)
ASKED: dict[str, Any] = {"model": "pro", "messages": [{"role": "user", "content": "Hello?"}]}


@pytest.fixture
def leaving(
    tmp_path: Path, settings: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[Orchestrator]:
    """An orchestrator with as many seconds to leave as the test says."""
    with ExitStack() as stack:
        drain = {"ASHAO_DRAIN_S": getattr(request, "param", "20")}
        yield stack.enter_context(orchestrator(tmp_path, **settings | drain))


@pytest.fixture
async def program(leaving: Orchestrator, store_at: str) -> AsyncIterator[AsyncOpenAI]:
    """A program with the OpenAI SDK."""
    secret = await created_key(store_at)
    async with AsyncOpenAI(base_url=f"{leaving.url}/v1", api_key=secret, max_retries=0) as sdk:
        yield sdk


async def _error(store_at: str, claimed: dict[str, Any]) -> str | None:
    """How the job ended."""
    redis = connect(store_at)
    try:
        return (await view(JobStore(redis, Rules()), JobId(claimed["job"]["id"]))).error
    finally:
        await redis.aclose()


async def test_a_program_has_its_answer_before_the_process_leaves(
    leaving: Orchestrator, program: AsyncOpenAI
) -> None:
    async with ScriptedWorker(leaving.url) as worker:
        asking = asyncio.create_task(program.chat.completions.create(**ASKED))
        claimed = await worker.claim()
        leaving.terminate()
        ready = await worker.http.get("/health/ready")
        while ready.status_code == 200:
            ready = await worker.http.get("/health/ready")
        await worker.say(claimed, 0, "In time.")
        await worker.complete(claimed)
        assert (await asking).choices[0].message.content == "In time."
    assert await asyncio.to_thread(leaving.wait) == 0


@pytest.mark.parametrize("leaving", ["1"], indirect=True)
@pytest.mark.parametrize("is_stream", [False, True])
async def test_an_answer_that_takes_longer_is_broken_off_and_costs_nothing(
    leaving: Orchestrator, program: AsyncOpenAI, store_at: str, is_stream: bool
) -> None:
    """The program is told so, and the books see a failure, which is refunded."""
    reading = _stream if is_stream else _whole
    async with ScriptedWorker(leaving.url) as worker:
        asking = asyncio.create_task(reading(program))
        claimed = await worker.claim()
        await worker.say(claimed, 0, "Not ")
        leaving.terminate()
        with pytest.raises(APIError, match="restarting") as caught:
            await asking
    assert caught.value.code == EndCode.RESTARTED
    assert is_stream or isinstance(caught.value, InternalServerError)
    assert await asyncio.to_thread(leaving.wait) == 0
    assert await _error(store_at, claimed) == EndCode.RESTARTED


async def _whole(program: AsyncOpenAI) -> None:
    await program.chat.completions.create(**ASKED)


async def _stream(program: AsyncOpenAI) -> None:
    async for _ in await program.chat.completions.create(**ASKED, stream=True):
        continue
