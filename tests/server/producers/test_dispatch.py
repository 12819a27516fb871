"""Queued jobs and waiting claims meet: one winner, nothing lost, nothing stamped for the absent."""

import asyncio

import pytest

from ashao.jobs import finish
from ashao.jobs.job import JobId, Status, Tier
from ashao.jobs.scripts import JobStore
from ashao.producers.dispatch import Dispatch
from ashao.producers.workers import Worker, Workers
from ashao.store.redis import Redis
from tests.support.jobs import enqueued, new_job, queue, view
from tests.support.wait import wait_until


async def _worker(workers: Workers) -> Worker:
    return (await workers.register("browser", "tiny", None, None)).worker


async def _worker_at(workers: Workers, tokens_per_second: float | None) -> Worker:
    """A worker that told its speed, as its next call finds it."""
    registration = await workers.register("browser", "tiny", None, None)
    await workers.seen(registration.worker, tokens_per_second=tokens_per_second)
    return await workers.authenticate(registration.token)


async def test_a_waiting_claim_gets_the_next_job(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    worker = await _worker(workers)
    claiming = asyncio.create_task(dispatch.claim(worker, Tier.PRO, 10))
    job_id = await enqueued(job_store)
    claimed = await claiming
    assert claimed is not None
    assert claimed.job_id == job_id
    assert (await view(job_store, job_id)).claimed_by == worker.id


async def test_the_claim_that_waited_longest_is_served_first(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    ann, bob = await _worker(workers), await _worker(workers)
    first = asyncio.create_task(dispatch.claim(ann, Tier.PRO, 10))
    await asyncio.sleep(0)
    second = asyncio.create_task(dispatch.claim(bob, Tier.PRO, 10))
    ids = [await enqueued(job_store), await enqueued(job_store)]
    claims = await asyncio.gather(first, second)
    assert [each.job_id for each in claims if each] == ids
    assert (await view(job_store, ids[0])).claimed_by == ann.id


async def test_a_worker_that_is_twice_as_fast_is_served_before_one_that_waited_longer(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    """A little faster is not enough; who was never measured comes first, to be measured."""
    speeds = (9.0, 11.0, 40.0, None)
    waiting = [await _worker_at(workers, speed) for speed in speeds]
    claims = []
    for worker in waiting:
        claims.append(asyncio.create_task(dispatch.claim(worker, Tier.PRO, 10)))
        await asyncio.sleep(0)
    ids = [await enqueued(job_store) for _ in speeds]
    await asyncio.gather(*claims)
    served = [(await view(job_store, job_id)).claimed_by for job_id in ids]
    assert served == [waiting[turn].id for turn in (3, 2, 0, 1)]


async def test_a_claim_that_waited_its_time_gets_nothing_and_stamps_nothing(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    assert await dispatch.claim(await _worker(workers), Tier.PRO, 0.05) is None
    job_id = await enqueued(job_store)
    await dispatch.drain()
    assert (await view(job_store, job_id)).status is Status.QUEUED
    assert await queue(job_store) == [job_id]


async def test_a_job_of_another_tier_is_not_handed_out(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    await enqueued(job_store, new_job(tier=Tier.MAX))
    assert await dispatch.claim(await _worker(workers), Tier.PRO, 0.3) is None


async def test_an_id_of_a_job_that_ended_is_dropped_and_the_wait_goes_on(
    job_store: JobStore, dispatch: Dispatch, workers: Workers, redis: Redis
) -> None:
    ended, waiting = await enqueued(job_store), await enqueued(job_store)
    await finish.cancel(job_store, ended)
    await redis.rpush("ashao:queue:{pro}", ended)
    claimed = await dispatch.claim(await _worker(workers), Tier.PRO, 10)
    assert claimed is not None
    assert claimed.job_id == waiting


async def test_many_claims_on_few_jobs_give_each_job_to_one(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    worker = await _worker(workers)
    claiming = [asyncio.create_task(dispatch.claim(worker, Tier.PRO, 2)) for _ in range(12)]
    ids = [await enqueued(job_store) for _ in range(7)]
    claims = [each for each in await asyncio.gather(*claiming) if each is not None]
    assert sorted(each.job_id for each in claims) == sorted(ids)


@pytest.mark.parametrize("moment", range(6))
async def test_a_waiter_that_vanishes_at_any_moment_leaves_the_job_to_others(
    job_store: JobStore, dispatch: Dispatch, workers: Workers, moment: int
) -> None:
    """Before the pop, between pop and stamp, or after the stamp: the job is queued or free."""
    ann, bob = await _worker(workers), await _worker(workers)
    vanishing = asyncio.create_task(dispatch.claim(ann, Tier.PRO, 10))
    await asyncio.sleep(0)
    job_id = await enqueued(job_store)
    for _ in range(moment):
        await asyncio.sleep(0.0005)
    vanishing.cancel()
    outcome = (await asyncio.gather(vanishing, return_exceptions=True))[0]
    if isinstance(outcome, asyncio.CancelledError):
        claimed = await dispatch.claim(bob, Tier.PRO, 10)
        assert claimed is not None
        assert claimed.job_id == job_id
        assert (await view(job_store, job_id)).failures == 0


async def test_a_goodbye_frees_what_was_held_and_ends_what_waits(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    worker = await _worker(workers)
    job_id = await enqueued(job_store)
    assert await dispatch.claim(worker, Tier.PRO, 10) is not None
    waiting = asyncio.create_task(dispatch.claim(worker, Tier.PRO, 10))
    await asyncio.sleep(0)
    assert await dispatch.release_all(worker) == 1
    assert (await view(job_store, job_id)).status is Status.QUEUED
    await wait_until(waiting.done, "the end of the waiting claim")
    assert waiting.result() is None


async def test_a_goodbye_ends_what_waits_at_another_process(
    job_store: JobStore, dispatch: Dispatch, blocking_redis: Redis, workers: Workers
) -> None:
    """And a claim that comes after it is as good as any."""
    worker = await _worker(workers)
    elsewhere = Dispatch(job_store, blocking_redis, workers)
    goodbyes = await workers.seen(worker)
    waiting = asyncio.create_task(dispatch.claim(worker, Tier.PRO, 10, goodbyes))
    await asyncio.sleep(0)
    await elsewhere.release_all(worker)
    job_id = await enqueued(job_store)
    assert await waiting is None
    back = await dispatch.claim(worker, Tier.PRO, 10, await workers.seen(worker))
    assert back is not None
    assert back.job_id == job_id


async def test_what_a_worker_let_go_is_not_remembered(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    """A goodbye asks for what is held, and not for all that ever was."""
    worker = await _worker(workers)
    for _ in range(3):
        await enqueued(job_store)
    held = [await dispatch.claim(worker, Tier.PRO, 10) for _ in range(3)]
    first, *rest = [each for each in held if each is not None]
    assert len(await workers.claims(worker)) == 3
    await finish.cancel(job_store, first.job_id)
    await dispatch.release(worker, [(first.job_id, first.attempt)])
    assert await workers.claims(worker) == {each.job_id for each in rest}
    assert await dispatch.release_all(worker) == 2
    assert await workers.claims(worker) == set()


async def test_a_goodbye_frees_nothing_of_anothers(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    ann, bob = await _worker(workers), await _worker(workers)
    job_id = await enqueued(job_store)
    claimed = await dispatch.claim(ann, Tier.PRO, 10)
    assert claimed is not None
    assert await dispatch.release(bob, [(JobId(job_id), claimed.attempt)]) == 0
    assert (await view(job_store, job_id)).claimed_by == ann.id


async def test_a_draining_process_hands_out_nothing(
    job_store: JobStore, dispatch: Dispatch, workers: Workers
) -> None:
    worker = await _worker(workers)
    waiting = asyncio.create_task(dispatch.claim(worker, Tier.PRO, 10))
    await asyncio.sleep(0)
    await dispatch.drain()
    assert await waiting is None
    job_id = await enqueued(job_store)
    assert await dispatch.claim(worker, Tier.PRO, 10) is None
    assert await queue(job_store) == [job_id]
