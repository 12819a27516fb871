"""Failure after failure: a bad worker rests, and a poison job stops."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from ashao.jobs.codes import SENTENCES, EndCode
from ashao_worker.core.donation import Donation
from ashao_worker.core.report import Event, StateChanged
from ashao_worker.core.scripted import ScriptedEngine
from ashao_worker.core.worker import Worker
from ashao_worker.homes.cpython import CPythonEnvironment
from tests.story.conftest import PATIENT
from tests.support.chat_client import ChatClient
from tests.support.fake_openai import FakeOpenAI
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.passing_time import FIRST_TOKEN_MS, pass_time, until_queued
from tests.support.scripted_http import served
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

TIMES = PATIENT


@pytest.fixture(scope="module")
def broken_cloud() -> Iterator[FakeOpenAI]:
    """A provider that answers every request with 500."""
    fake = FakeOpenAI()
    with served(fake, "/v1"):
        fake.fails(500)
        yield fake


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    settings: dict[str, str],
    broken_cloud: FakeOpenAI,
) -> Iterator[Orchestrator]:
    """An orchestrator whose only provider is broken."""
    cloud = {"ASHAO_OPENAI_BASE_URL": broken_cloud.base_url, "ASHAO_OPENAI_MODEL": "m"}
    with orchestrator(tmp_path_factory.mktemp("poison"), **settings | cloud) as running:
        yield running


async def test_a_poison_job_ends_after_the_last_attempt_with_a_clear_error(
    person: ChatClient, server: Orchestrator
) -> None:
    """Three workers choke on it, then the provider: nobody else is made to try."""
    job_id = await person.send()
    for attempt in range(1, 4):
        async with ScriptedWorker(server.url) as worker:
            claimed = await worker.claim()
            assert claimed["attempt"] == attempt
            await worker.fail(claimed)
    answer = await person.answer(job_id)
    assert answer.last == {"type": "error", "message": SENTENCES[EndCode.EXHAUSTED]}
    async with ScriptedWorker(server.url) as worker:
        nothing = await worker.post("claim", workerId=worker.id, tier="pro", waitMs=200)
        assert nothing.json() == {"job": None}


async def test_a_worker_that_fails_again_and_again_rests_and_is_told_why(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """Not after a success in between; after the third in a row."""
    for error in ("engine_error", "timeout"):
        await _fails(person, worker, error)
    job_id = await person.send()
    claimed = await worker.claim()
    await worker.say(claimed, 0, "Well.")
    await worker.complete(claimed)
    assert (await person.answer(job_id)).text == "Well."
    for error in ("engine_error", "device_lost", "out_of_memory"):
        await _fails(person, worker, error)
    await _must_rest(worker)


async def test_a_worker_that_is_stuck_again_and_again_rests_too(
    person: ChatClient, worker: ScriptedWorker, store_at: str
) -> None:
    """Claims that lapse count as failures."""
    for _ in range(3):
        job_id = await person.send()
        await worker.claim()
        await pass_time(store_at, job_id, FIRST_TOKEN_MS + 1, "progressUntil")
        await until_queued(store_at, job_id)
        await person.http.post("/api/chat/cancel", json={"jobId": job_id})
    await _must_rest(worker)


class Hurried(CPythonEnvironment):
    """The worker's own rests are short here, so that the server's is what is left."""

    async def sleep(self, seconds: float) -> None:
        """Pause a little."""
        await asyncio.sleep(seconds / 20)


async def test_the_donor_is_told_why_the_worker_rests(
    person: ChatClient, server: Orchestrator
) -> None:
    """The real worker's loop claims no more for that time and shows the server's sentence."""
    seen: list[Event] = []
    job_ids = [await person.send() for _ in range(3)]
    async with Hurried(server.url) as environment:
        engine = ScriptedEngine(environment, "never said", error="engine_error")
        donation = Donation(kind="browser", tiers=["pro"])
        worker = Worker(environment, engine, donation, seen.append)
        working = asyncio.create_task(worker.run())
        await wait_until(lambda: any(map(_says_why, seen)), "the sentence")
        worker.stop()
        await working
    for job_id in job_ids:
        await person.http.post("/api/chat/cancel", json={"jobId": job_id})


def _says_why(event: Event) -> bool:
    return isinstance(event, StateChanged) and "failed 3 answers in a row" in (event.message or "")


async def _fails(person: ChatClient, worker: ScriptedWorker, error: str) -> None:
    job_id = await person.send()
    await worker.fail(await worker.claim(), error)
    await person.http.post("/api/chat/cancel", json={"jobId": job_id})


async def _must_rest(worker: ScriptedWorker) -> None:
    async def refused() -> httpx.Response | None:
        reply = await worker.post("claim", workerId=worker.id, tier="pro", waitMs=0)
        return reply if reply.status_code == 429 else None

    reply = await wait_until(refused, "the worker must rest")
    assert reply is not None
    assert 1 <= int(reply.headers["Retry-After"]) <= 10
    assert "failed 3 answers in a row" in reply.json()["error"]
