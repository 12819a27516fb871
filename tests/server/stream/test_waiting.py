"""What a reader is told while its job waits."""

import asyncio

from msgspec import structs

from ashao.jobs.job import JobId, Tier
from ashao.jobs.queue.eta import FEWEST
from ashao.jobs.store import JobStore
from ashao.store.redis import Redis
from ashao.stream.resume import queue_place
from ashao.stream.sse import frame
from tests.support.jobs import ANN, enqueued, new_job, view
from tests.support.measured import answered


async def _told(store: JobStore, job_id: JobId) -> str:
    event = await queue_place(store, await view(store, job_id))
    return frame(event).decode() if event else ""


async def test_a_place_without_an_estimate_when_nothing_was_measured(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    assert await _told(job_store, job_id) == 'data: {"type":"queued","position":0}\n\n'


async def test_a_place_with_an_estimate_once_answers_were_measured(job_store: JobStore) -> None:
    for _ in range(FEWEST):
        await answered(job_store, ANN, 8_000)
    await enqueued(job_store)
    event = await queue_place(job_store, await view(job_store, await enqueued(job_store)))
    assert event is not None
    assert event.position == FEWEST + 1  # those that were claimed were not popped here
    assert event.eta_ms is not None
    assert f'"position":{event.position},"etaMs":{event.eta_ms}' in frame(event).decode()


async def test_many_readers_who_wait_cost_one_connection(job_store: JobStore, redis: Redis) -> None:
    """They all ask each second."""
    job = await view(job_store, await enqueued(job_store))
    before = (await redis.info("clients"))["connected_clients"]
    await asyncio.gather(*(queue_place(job_store, job) for _ in range(200)))
    assert (await redis.info("clients"))["connected_clients"] == before


async def test_that_no_worker_is_waited_for_is_said(job_store: JobStore) -> None:
    job = structs.replace(new_job(tier=Tier.MAX), no_worker=True)
    told = await _told(job_store, await enqueued(job_store, job))
    assert told == 'data: {"type":"queued","position":0,"noWorker":true}\n\n'


async def test_a_job_that_is_in_no_queue_has_no_place(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await job_store.redis.delete("ashao:queue:{pro}")
    assert await _told(job_store, job_id) == ""
