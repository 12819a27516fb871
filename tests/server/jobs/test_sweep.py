"""Lapses, windows and lost ids: what the deadlines find, with nobody else's help."""

import asyncio
from typing import Any

import pytest

from ashao.errors import StaleAttempt
from ashao.jobs import deadlines, keys
from ashao.jobs.claim import claim
from ashao.jobs.codes import SENTENCES, EndCode
from ashao.jobs.enqueue import enqueue
from ashao.jobs.event import ErrorEvent
from ashao.jobs.finish import cancel, release
from ashao.jobs.job import Status, Tier
from ashao.jobs.publish import publish, renew
from ashao.jobs.queue.ids import wait_for_id
from ashao.jobs.read import mark_settled, read_log
from ashao.jobs.store import JobStore, Rules
from ashao.jobs.sweep import Due, sweep
from ashao.store.redis import Redis
from tests.support.aging import age
from tests.support.jobs import (
    ANN,
    BOB,
    CLOUD,
    claimed,
    enqueued,
    new_job,
    plain,
    queue,
    sweep_job,
    view,
)
from tests.support.wait import wait_until


async def test_a_pop_whose_process_dies_is_found(
    job_store: JobStore, blocking_redis: Redis
) -> None:
    job_id = await enqueued(job_store)
    assert await wait_for_id(blocking_redis, Tier.PRO, 1) == job_id
    await age(job_store.redis, job_id, 4_001)
    assert await sweep_job(job_store, job_id) == [Due(job_id, Tier.PRO, "provider")]
    assert await queue(job_store) == [job_id]


async def test_a_job_is_a_providers_when_its_grace_window_ended(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    assert await sweep_job(job_store, job_id) == []
    await age(job_store.redis, job_id, 4_001)
    assert await sweep_job(job_store, job_id) == [Due(job_id, Tier.PRO, "provider")]


async def test_a_lapsed_claim_goes_back_to_the_front_and_counts(job_store: JobStore) -> None:
    job_id, _ = await claimed(job_store)
    await job_store.redis.delete(keys.queue(Tier.PRO))
    other = await enqueued(job_store)
    await age(job_store.redis, job_id, 15_001)
    assert await sweep_job(job_store, job_id) == [Due(job_id, Tier.PRO, "lapsed", ANN.id)]
    assert await queue(job_store) == [job_id, other]
    job = await view(job_store, job_id)
    assert (job.status, job.failures) == (Status.QUEUED, 1)


async def test_heartbeats_keep_a_lease_and_tokens_keep_progress(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await age(job_store.redis, job_id, 14_000)
    assert await renew(job_store, ANN.id, [(job_id, won.attempt)]) == []
    await age(job_store.redis, job_id, 14_000)
    await sweep_job(job_store, job_id)
    assert (await view(job_store, job_id)).status is Status.RUNNING
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    await age(job_store.redis, job_id, 14_000)
    await sweep_job(job_store, job_id)
    assert (await view(job_store, job_id)).status is Status.RUNNING


async def test_a_first_token_that_never_comes_lapses_despite_heartbeats(
    job_store: JobStore,
) -> None:
    job_id, won = await claimed(job_store)
    await age(job_store.redis, job_id, 30_001)
    assert await renew(job_store, ANN.id, [(job_id, won.attempt)]) == []
    await sweep_job(job_store, job_id)
    assert (await view(job_store, job_id)).status is Status.QUEUED


async def test_a_stuck_producer_lapses_despite_heartbeats(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    await age(job_store.redis, job_id, 15_001)
    await renew(job_store, ANN.id, [(job_id, won.attempt)])
    await sweep_job(job_store, job_id)
    assert (await view(job_store, job_id)).status is Status.QUEUED


async def test_renewing_names_every_claim_that_is_not_current(job_store: JobStore) -> None:
    held, won = await claimed(job_store)
    cancelled, other = await claimed(job_store)
    await cancel(job_store, cancelled)
    lost, third = await claimed(job_store)
    await release(job_store, lost, ANN.id)
    claims = [(held, won.attempt), (cancelled, other.attempt), (lost, third.attempt)]
    assert await renew(job_store, ANN.id, claims) == [cancelled, lost]
    assert await renew(job_store, BOB.id, claims[:1]) == [held]


async def test_many_sweepers_lapse_a_claim_once(job_store: JobStore) -> None:
    job_id, _ = await claimed(job_store)
    await age(job_store.redis, job_id, 60_000)
    shard = keys.shard_of(job_id)
    await asyncio.gather(*(sweep(job_store, shard) for _ in range(6)))
    assert (await view(job_store, job_id)).failures == 1
    assert await queue(job_store) == [job_id]


async def test_a_sweeper_that_dies_with_a_job_in_hand_loses_nothing(job_store: JobStore) -> None:
    job_id, _ = await claimed(job_store)
    await age(job_store.redis, job_id, 60_000)
    shard = keys.shard_of(job_id)
    _, members = await deadlines.take_due(job_store, [shard], 100, 2_000)
    assert members == [job_id]
    await age(job_store.redis, job_id, 2_001)
    await sweep_job(job_store, job_id)
    assert (await view(job_store, job_id)).status is Status.QUEUED


async def test_a_sweeper_yields_to_a_deadline_set_while_it_looked(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await age(job_store.redis, job_id, 4_001)
    shard = keys.shard_of(job_id)
    held, _ = await deadlines.take_due(job_store, [shard], 100, 2_000)
    await deadlines.schedule(job_store, job_id, 5)
    newer = await job_store.redis.zscore(keys.deadlines(shard), job_id)
    await deadlines.reschedule_unless_moved(job_store, job_id, job_id, 60_000, held)
    assert await job_store.redis.zscore(keys.deadlines(shard), job_id) == newer


async def test_a_sweeper_that_saw_no_hash_yields_to_the_sender(
    job_store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A send that was slow in the database comes between the look and what follows from it."""
    job, mark = new_job(), deadlines.mark_missing

    async def after_the_send(*arguments: Any) -> None:
        await enqueue(job_store, job)
        await mark(*arguments)

    monkeypatch.setattr(deadlines, "mark_missing", after_the_send)
    await deadlines.schedule(job_store, job.id, 0)  # as its announcement, a lease later
    assert await sweep_job(job_store, job.id) == []
    await age(job_store.redis, job.id, 4_001)
    assert await sweep_job(job_store, job.id) == [Due(job.id, Tier.PRO, "provider")]


async def test_a_sweeper_that_comes_by_a_mark_yields_to_a_deadline(
    job_store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, yielding = new_job(), deadlines.reschedule_unless_moved
    await deadlines.schedule(job_store, job.id, 0)
    await sweep_job(job_store, job.id)
    await age(job_store.redis, job.id, 61_000)
    await enqueue(job_store, job)

    async def after_a_cancel(*arguments: Any) -> None:
        monkeypatch.undo()
        await cancel(job_store, job.id)
        await yielding(*arguments)

    monkeypatch.setattr(deadlines, "reschedule_unless_moved", after_a_cancel)
    assert await sweep_job(job_store, job.id) == []
    assert await sweep_job(job_store, job.id) == [Due(job.id, Tier.PRO, "ended")]


async def test_a_job_that_nobody_takes_fails_after_its_time(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await age(job_store.redis, job_id, 300_001)
    assert await sweep_job(job_store, job_id) == [Due(job_id, Tier.PRO, "ended")]
    message = SENTENCES[EndCode.NO_PRODUCER]
    assert plain((await read_log(job_store, job_id)).events) == [ErrorEvent(0, message)]
    assert await claim(job_store, job_id, ANN) is None


async def test_a_lapsed_job_gets_its_whole_waiting_time_again(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    await age(job_store.redis, job_id, 400_000)
    await sweep_job(job_store, job_id)
    await deadlines.schedule(job_store, job_id, 0)
    assert await sweep_job(job_store, job_id) == []
    assert (await view(job_store, job_id)).status is Status.QUEUED


async def test_a_dead_orchestrators_provider_lapses_too(job_store: JobStore) -> None:
    job_id, _ = await claimed(job_store, new_job(no_worker=True), CLOUD)
    await age(job_store.redis, job_id, 15_001)
    assert await sweep_job(job_store, job_id) == [Due(job_id, Tier.PRO, "provider")]
    assert await claim(job_store, job_id, CLOUD) is not None


async def test_an_unsettled_end_stays_due_until_it_is_settled(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await cancel(job_store, job_id)
    for _ in range(3):
        await age(job_store.redis, job_id, 61_000)
        assert await sweep_job(job_store, job_id) == [Due(job_id, Tier.PRO, "ended")]
    await mark_settled(job_store, job_id)
    await deadlines.schedule(job_store, job_id, 0)  # somebody's late reminder
    assert await sweep_job(job_store, job_id) == []
    assert await job_store.redis.zcard(keys.deadlines(keys.shard_of(job_id))) == 0


async def test_a_lapse_is_found_by_the_clock_alone(redis: Redis) -> None:
    """The one test that lets real time pass."""
    store = JobStore(redis, Rules(grace_ms=50, lease_ms=60, first_token_ms=40))
    job = new_job()
    await enqueue(store, job)
    assert await claim(store, job.id, ANN) is not None

    async def due() -> list[Due]:
        return [each for each in await sweep_job(store, job.id) if each.reason == "provider"]

    assert await wait_until(due, "a provider's turn") == [Due(job.id, Tier.PRO, "provider")]
    with pytest.raises(StaleAttempt):
        await publish(store, job.id, ANN.id, 1, 0, "late")
