"""Queued jobs and waiting claims meet: one winner, nothing lost, nothing stamped for the absent."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from ashao.jobs import finish
from ashao.jobs.job import JobId, Status, Tier
from ashao.jobs.queue import ids
from ashao.jobs.store import JobStore
from ashao.store.redis import Redis
from ashao.workers.dispatch import Dispatcher
from ashao.workers.registry import WorkerRegistry
from ashao.workers.speeds import Speeds
from ashao.workers.worker import Worker
from tests.support.jobs import enqueued, new_job, queue, view
from tests.support.wait import wait_until
from tests.support.waiting_claims import until_waiting


async def _worker(workers: WorkerRegistry, slots: int = 1) -> Worker:
    return (await workers.register("browser", "tiny", None, None, slots=slots)).worker


async def _worker_at(workers: WorkerRegistry, speeds: Speeds, per_second: int | None) -> Worker:
    """A worker whose answers were so fast, as its next call finds it."""
    registration = await workers.register("browser", "measured", None, None)
    if per_second is not None:
        await speeds.record(registration.worker, 100, 100_000 // per_second)
    await workers.touch(registration.worker, tokens_per_second=99_999)  # a boast
    return await workers.authenticate(registration.token)


async def test_a_waiting_claim_gets_the_next_job(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    worker = await _worker(workers)
    claiming = asyncio.create_task(dispatcher.claim(worker, Tier.PRO, 10))
    job_id = await enqueued(job_store)
    claimed = await claiming
    assert claimed is not None
    assert claimed.job_id == job_id
    assert (await view(job_store, job_id)).claimed_by == worker.id


async def test_the_claim_that_waited_longest_is_served_first(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    ann, bob = await _worker(workers), await _worker(workers)
    first = asyncio.create_task(dispatcher.claim(ann, Tier.PRO, 10))
    await until_waiting(dispatcher)
    second = asyncio.create_task(dispatcher.claim(bob, Tier.PRO, 10))
    job_ids = [await enqueued(job_store), await enqueued(job_store)]
    claims = await asyncio.gather(first, second)
    assert [each.job_id for each in claims if each] == job_ids
    assert (await view(job_store, job_ids[0])).claimed_by == ann.id


async def test_a_worker_that_is_twice_as_fast_is_served_before_one_that_waited_longer(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    """A little faster is not enough; who was never measured is taken for the middle of them, and
    nobody's own word counts."""
    speeds = (9, 11, 40, None, 40)
    waiting = [await _worker_at(workers, Speeds(redis), speed) for speed in speeds]
    assert await dispatcher.claim(waiting[0], Tier.PRO, 0.01) is None  # their speeds are known now
    claims = []
    for worker in waiting:
        claims.append(asyncio.create_task(dispatcher.claim(worker, Tier.PRO, 10)))
        await until_waiting(dispatcher, len(claims))
    job_ids = [await enqueued(job_store) for _ in speeds]
    await asyncio.gather(*claims)
    served = [(await view(job_store, job_id)).claimed_by for job_id in job_ids]
    assert served == [waiting[turn].id for turn in (2, 4, 3, 0, 1)]


async def test_a_claim_that_waited_its_time_gets_nothing_and_stamps_nothing(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    assert await dispatcher.claim(await _worker(workers), Tier.PRO, 0.05) is None
    job_id = await enqueued(job_store)
    await dispatcher.drain()
    assert (await view(job_store, job_id)).status is Status.QUEUED
    assert await queue(job_store) == [job_id]


async def test_a_job_of_another_tier_is_not_handed_out(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    await enqueued(job_store, new_job(tier=Tier.MAX))
    assert await dispatcher.claim(await _worker(workers), Tier.PRO, 0.3) is None


async def test_an_id_of_a_job_that_ended_is_dropped_and_the_wait_goes_on(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, redis: Redis
) -> None:
    ended, waiting = await enqueued(job_store), await enqueued(job_store)
    await finish.cancel(job_store, ended)
    await redis.rpush("ashao:queue:{pro}", ended)
    claimed = await dispatcher.claim(await _worker(workers), Tier.PRO, 10)
    assert claimed is not None
    assert claimed.job_id == waiting


async def test_many_claims_on_few_jobs_give_each_job_to_one(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    worker = await _worker(workers, slots=12)
    claiming = [asyncio.create_task(dispatcher.claim(worker, Tier.PRO, 2)) for _ in range(12)]
    job_ids = [await enqueued(job_store) for _ in range(7)]
    claims = [each for each in await asyncio.gather(*claiming) if each is not None]
    assert sorted(each.job_id for each in claims) == sorted(job_ids)


@pytest.mark.parametrize("moment", range(6))
async def test_a_waiter_that_vanishes_at_any_moment_leaves_the_job_to_others(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry, moment: int
) -> None:
    """Before the pop, between pop and stamp, or after the stamp: the job is queued or free."""
    ann, bob = await _worker(workers), await _worker(workers)
    vanishing = asyncio.create_task(dispatcher.claim(ann, Tier.PRO, 10))
    await until_waiting(dispatcher)
    job_id = await enqueued(job_store)
    for _ in range(moment):
        await asyncio.sleep(0.0005)
    vanishing.cancel()
    outcome = (await asyncio.gather(vanishing, return_exceptions=True))[0]
    if isinstance(outcome, asyncio.CancelledError):
        claimed = await dispatcher.claim(bob, Tier.PRO, 10)
        assert claimed is not None
        assert claimed.job_id == job_id
        assert (await view(job_store, job_id)).failures == 0


async def test_a_goodbye_frees_what_was_held_and_ends_what_waits(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    worker = await _worker(workers)
    job_id = await enqueued(job_store)
    assert await dispatcher.claim(worker, Tier.PRO, 10) is not None
    waiting = asyncio.create_task(dispatcher.claim(worker, Tier.PRO, 10))
    await until_waiting(dispatcher)
    assert await dispatcher.release_all(worker) == 1
    assert (await view(job_store, job_id)).status is Status.QUEUED
    await wait_until(waiting.done, "the end of the waiting claim")
    assert waiting.result() is None


async def test_a_goodbye_ends_what_waits_at_another_process(
    job_store: JobStore, dispatcher: Dispatcher, blocking_redis: Redis, workers: WorkerRegistry
) -> None:
    """And a claim that comes after it is as good as any."""
    worker = await _worker(workers)
    elsewhere = Dispatcher(job_store, blocking_redis, workers, Speeds(blocking_redis))
    generation = await workers.touch(worker)
    waiting = asyncio.create_task(dispatcher.claim(worker, Tier.PRO, 10, generation))
    await until_waiting(dispatcher)
    await elsewhere.release_all(worker)
    job_id = await enqueued(job_store)
    assert await waiting is None
    back = await dispatcher.claim(worker, Tier.PRO, 10, await workers.touch(worker))
    assert back is not None
    assert back.job_id == job_id


async def test_a_claim_that_waits_gets_nothing_once_its_worker_is_banned(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    worker = await _worker(workers)
    waiting = asyncio.create_task(dispatcher.claim(worker, Tier.PRO, 10))
    await until_waiting(dispatcher)
    await workers.deregister(worker.id)
    job_id = await enqueued(job_store)
    assert await waiting is None

    async def is_free() -> bool:
        return (await view(job_store, job_id)).claimed_by is None

    await wait_until(is_free, "what was stamped for it to be free again")


async def test_what_a_worker_let_go_is_not_remembered(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    """A goodbye asks for what is held, and not for all that ever was."""
    worker = await _worker(workers, slots=3)
    for _ in range(3):
        await enqueued(job_store)
    held = [await dispatcher.claim(worker, Tier.PRO, 10) for _ in range(3)]
    first, *rest = [each for each in held if each is not None]
    assert len(await workers.claims(worker)) == 3
    await finish.cancel(job_store, first.job_id)
    await dispatcher.release(worker, [(first.job_id, first.attempt)])
    assert await workers.claims(worker) == {each.job_id for each in rest}
    assert await dispatcher.release_all(worker) == 2
    assert await workers.claims(worker) == set()


async def test_a_goodbye_frees_nothing_of_anothers(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    ann, bob = await _worker(workers), await _worker(workers)
    job_id = await enqueued(job_store)
    claimed = await dispatcher.claim(ann, Tier.PRO, 10)
    assert claimed is not None
    assert await dispatcher.release(bob, [(JobId(job_id), claimed.attempt)]) == 0
    assert (await view(job_store, job_id)).claimed_by == ann.id


async def test_a_defect_of_the_dispatcher_is_logged_and_claims_go_on_being_served(
    job_store: JobStore,
    dispatcher: Dispatcher,
    workers: WorkerRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody else need come and wait for a job."""
    monkeypatch.setattr("ashao.tasks.PAUSE_S", 0.01)
    pop, calls = ids.wait_for_id, 0

    async def fail_once(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError("the words of somebody")
        return await pop(*arguments)

    monkeypatch.setattr(ids, "wait_for_id", fail_once)
    job_id = await enqueued(job_store)
    with capture_logs() as logs:
        claimed = await dispatcher.claim(await _worker(workers), Tier.PRO, 10)
    assert claimed is not None
    assert claimed.job_id == job_id
    assert [(each["event"], each["kind"]) for each in logs] == [("defect", "ValueError")]
    assert "the words" not in str(logs)


async def test_a_draining_process_hands_out_nothing(
    job_store: JobStore, dispatcher: Dispatcher, workers: WorkerRegistry
) -> None:
    worker = await _worker(workers)
    waiting = asyncio.create_task(dispatcher.claim(worker, Tier.PRO, 10))
    await until_waiting(dispatcher)
    await dispatcher.drain()
    assert await waiting is None
    job_id = await enqueued(job_store)
    assert await dispatcher.claim(worker, Tier.PRO, 10) is None
    assert await queue(job_store) == [job_id]
