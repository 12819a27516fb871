"""A job goes only to a worker that can serve it; nobody starves and nobody spins meanwhile."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.crc import key_slot

from ashao.clock import SystemClock
from ashao.jobs import keys
from ashao.jobs.job import ANY_MODEL, JobId, NewJob, Status, Tier
from ashao.jobs.queue.parked import parked_queues_for
from ashao.jobs.queue.requirements import Requirements
from ashao.jobs.store import JobStore
from ashao.messages import ABILITIES, Params
from ashao.producers.presence import NoWorker, Presence
from ashao.providers.registry import ProviderConfiguration, make_providers
from ashao.store.redis import Redis
from ashao.workers.dispatch import Dispatcher
from ashao.workers.registry import WorkerRegistry
from ashao.workers.speeds import Speeds
from ashao.workers.worker import Worker
from tests.support.jobs import enqueued, needing, new_job, queue, sweep_job, view
from tests.support.wait import wait_until
from tests.support.waiting_claims import until_waiting

LONG_WAIT_S = 10


@pytest.fixture
async def another_process(
    job_store: JobStore, blocking_redis: Redis, workers: WorkerRegistry
) -> AsyncIterator[Dispatcher]:
    """The dispatcher of a second process on the same store."""
    opened = Dispatcher(job_store, blocking_redis, workers, Speeds(blocking_redis))
    yield opened
    await opened.drain()


@pytest.fixture
def presence(workers: WorkerRegistry) -> Presence:
    """Who is there, with the simulated provider."""
    return Presence(workers, make_providers(ProviderConfiguration(), SystemClock()))


async def _worker(
    workers: WorkerRegistry, model: str = "small", context: int | None = None, slots: int = 1
) -> Worker:
    return (await workers.register("browser", model, None, context, slots=slots)).worker


async def _is_set_aside(redis: Redis, job_id: JobId) -> bool:
    lanes = [name async for name in redis.scan_iter("ashao:queue:{pro}:*")]
    return any([await redis.lpos(name, job_id) is not None for name in lanes])


async def _claims_waiting(dispatcher: Dispatcher, *waiting: Worker) -> list[asyncio.Task[object]]:
    """A claim for each, the first one waiting longest."""
    claims: list[asyncio.Task[object]] = []
    for worker in waiting:
        claims.append(asyncio.create_task(dispatcher.claim(worker, Tier.PRO, LONG_WAIT_S)))
        await until_waiting(dispatcher, len(claims))
    return claims


async def test_a_job_that_names_a_model_goes_to_the_worker_that_has_it(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    small, large = await _worker(workers), await _worker(workers, "large")
    first, second = await _claims_waiting(dispatcher, small, large)
    job_id = await enqueued(job_store, needing(model="large"))
    await second
    assert (await view(job_store, job_id)).claimed_by == large.id
    assert not first.done()
    other = await enqueued(job_store)
    await first
    assert (await view(job_store, other)).claimed_by == small.id


async def test_a_long_prompt_goes_to_the_worker_that_holds_it(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    short, long = await _worker(workers, context=2048), await _worker(workers, context=8192)
    _, second = await _claims_waiting(dispatcher, short, long)
    job_id = await enqueued(job_store, needing(context_tokens=3000))
    await second
    assert (await view(job_store, job_id)).claimed_by == long.id
    await enqueued(job_store)


async def test_a_worker_that_said_no_context_may_try(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    (claiming,) = await _claims_waiting(dispatcher, await _worker(workers))
    await enqueued(job_store, needing(context_tokens=100_000))
    assert await claiming is not None


async def test_a_job_for_others_blocks_nobody_behind_it(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    for_others = [await enqueued(job_store, needing(model="large")) for _ in range(5)]
    ours = await enqueued(job_store)
    worker = await _worker(workers)
    claimed = await dispatcher.claim(worker, Tier.PRO, LONG_WAIT_S)
    assert claimed is not None
    assert claimed.job_id == ours
    for job_id in for_others:
        assert (await view(job_store, job_id)).status is Status.QUEUED
        assert await _is_set_aside(redis, job_id)


async def test_a_job_for_others_is_looked_at_once_and_not_again_and_again(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    (claiming,) = await _claims_waiting(dispatcher, await _worker(workers))
    job_id = await enqueued(job_store, needing(model="large"))
    await wait_until(lambda: _is_set_aside(redis, job_id), "the job to be set aside")
    before = (await redis.info("commandstats"))["cmdstat_brpop"]["calls"]
    await asyncio.sleep(0.3)
    after = (await redis.info("commandstats"))["cmdstat_brpop"]["calls"]
    assert after - before <= 2
    assert not claiming.done()
    await enqueued(job_store)
    await claiming


@pytest.mark.parametrize("job", [needing(model="large"), needing(context_tokens=3000)])
async def test_a_job_set_aside_is_had_first_by_a_fit_worker_of_any_process(
    job_store: JobStore,
    dispatcher: Dispatcher,
    another_process: Dispatcher,
    workers: WorkerRegistry,
    redis: Redis,
    job: NewJob,
) -> None:
    (claiming,) = await _claims_waiting(dispatcher, await _worker(workers, context=2048))
    job_id = await enqueued(job_store, job)
    await wait_until(lambda: _is_set_aside(redis, job_id), "the job to be set aside")
    fit = await _worker(workers, "large", 4096)
    claimed = await another_process.claim(fit, Tier.PRO, LONG_WAIT_S)
    assert claimed is not None
    assert claimed.job_id == job_id
    await enqueued(job_store)
    await claiming


async def test_jobs_set_aside_keep_their_order(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    ids = [await enqueued(job_store, needing(model="large")) for _ in range(4)]
    await enqueued(job_store)
    assert await dispatcher.claim(await _worker(workers), Tier.PRO, LONG_WAIT_S) is not None
    large = await _worker(workers, "large", slots=len(ids))
    claims = [await dispatcher.claim(large, Tier.PRO, LONG_WAIT_S) for _ in ids]
    assert [each.job_id for each in claims if each] == ids


async def test_a_sweeper_that_puts_the_id_back_does_no_harm(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    (claiming,) = await _claims_waiting(dispatcher, await _worker(workers))
    job_id = await enqueued(job_store, needing(model="large"))
    await wait_until(lambda: _is_set_aside(redis, job_id), "the job to be set aside")
    await redis.zadd(keys.deadlines(keys.shard_of(job_id)), {job_id: 0})
    await sweep_job(job_store, job_id)

    async def is_out_of_the_queue() -> bool:
        return job_id not in await queue(job_store) and await _is_set_aside(redis, job_id)

    await wait_until(is_out_of_the_queue, "the job to be set aside again")
    large = await _worker(workers, "large")
    claimed = await dispatcher.claim(large, Tier.PRO, LONG_WAIT_S)
    assert claimed is not None
    assert claimed.job_id == job_id
    await enqueued(job_store)
    await claiming


async def test_lanes_expire_and_lie_in_their_queues_slot(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    job_id = await enqueued(job_store, needing(model="large"))
    assert await dispatcher.claim(await _worker(workers), Tier.PRO, 0.3) is None
    (name,) = [name async for name in redis.scan_iter("ashao:queue:{pro}:*")]
    assert await redis.ttl(name) > 0
    slots = {key_slot(lane.key(Tier.PRO).encode()) for lane in parked_queues_for("large", None)}
    assert slots == {key_slot(keys.queue(Tier.PRO).encode())}
    assert (await view(job_store, job_id)).status is Status.QUEUED


async def test_a_model_that_no_worker_of_the_tier_has_is_an_obstacle(
    workers: WorkerRegistry, presence: Presence
) -> None:
    await _worker(workers, "small")
    named = Requirements("small")
    assert await presence.why_no_worker(Tier.PRO, named) is None
    assert await presence.why_no_worker(Tier.MAX, named) is NoWorker.MODEL
    assert await presence.why_no_worker(Tier.PRO, Requirements("large")) is NoWorker.MODEL


async def test_a_prompt_longer_than_every_context_is_an_obstacle(
    workers: WorkerRegistry, presence: Presence
) -> None:
    await _worker(workers, context=2048)
    assert await presence.why_no_worker(Tier.PRO, Requirements(context_tokens=2048)) is None
    assert (
        await presence.why_no_worker(Tier.PRO, Requirements(context_tokens=2049))
        is NoWorker.CONTEXT
    )
    await _worker(workers)
    assert await presence.why_no_worker(Tier.PRO, Requirements(context_tokens=2049)) is None


async def test_a_schema_that_no_worker_can_keep_to_is_an_obstacle(
    workers: WorkerRegistry, presence: Presence
) -> None:
    await _worker(workers)
    needs = Requirements(abilities=ABILITIES)
    assert await presence.why_no_worker(Tier.PRO, needs) is NoWorker.ABILITY
    await workers.register("browser", "small", None, None, abilities=["json_schema", "juggling"])
    assert await presence.why_no_worker(Tier.PRO, needs) is None


async def test_a_job_with_a_schema_waits_in_a_lane_for_who_can_keep_to_it(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    job_id = await enqueued(job_store, new_job(params=Params(json_schema={"type": "object"})))
    assert await dispatcher.claim(await _worker(workers), Tier.PRO, 0.3) is None
    assert await _is_set_aside(redis, job_id)
    registration = await workers.register("browser", "small", None, 2048, abilities=ABILITIES)
    won = await dispatcher.claim(registration.worker, Tier.PRO, LONG_WAIT_S)
    assert won is not None
    assert won.job_id == job_id


async def test_any_model_without_any_worker_is_no_obstacle_somebody_may_come(
    presence: Presence,
) -> None:
    assert await presence.why_no_worker(Tier.PRO, Requirements(ANY_MODEL, 1_000_000)) is None


async def test_a_worker_that_came_just_now_is_seen_before_a_job_is_called_impossible(
    workers: WorkerRegistry, presence: Presence
) -> None:
    assert await presence.workers() == []
    await _worker(workers, "large")
    assert await presence.why_no_worker(Tier.PRO, Requirements("large")) is None
