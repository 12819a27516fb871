"""How a job begins, and what a crash in the middle of that leaves."""

from typing import Any

import pytest

from ashao.errors import JobEnded
from ashao.jobs import deadlines, keys
from ashao.jobs.claim import claim
from ashao.jobs.enqueue import enqueue, tombstone
from ashao.jobs.finish import cancel, complete
from ashao.jobs.job import JobId, Status, Tier
from ashao.jobs.publish import publish
from ashao.jobs.read import mark_settled
from ashao.jobs.store import JobStore, Reply
from ashao.jobs.sweep import Due
from tests.support.aging import age
from tests.support.jobs import ANN, CLOUD, claimed, enqueued, new_job, queue, sweep_job, view


async def test_a_new_job_waits_in_its_tiers_queue(job_store: JobStore) -> None:
    job_id = await enqueued(job_store, new_job(tier=Tier.MAX))
    job = await view(job_store, job_id)
    assert (job.status, job.user_id, job.attempt, job.next_seq) == (Status.QUEUED, "user-1", 0, 0)
    assert await queue(job_store, Tier.MAX) == [job_id]
    assert await queue(job_store, Tier.PRO) == []


async def test_enqueueing_an_id_again_changes_nothing(job_store: JobStore) -> None:
    job = new_job()
    await enqueue(job_store, job)
    before = await view(job_store, job.id)
    await enqueue(job_store, job)
    assert await view(job_store, job.id) == before
    assert await queue(job_store) == [job.id]


async def test_an_id_that_ended_is_not_enqueued_again(job_store: JobStore) -> None:
    job = new_job()
    job_id, won = await claimed(job_store, job)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    await complete(job_store, job_id, ANN.id, won.attempt)
    await job_store.redis.delete(keys.queue(Tier.PRO))
    await enqueue(job_store, job)
    assert (await view(job_store, job_id)).status is Status.DONE
    assert await queue(job_store) == []


async def test_a_refused_id_is_never_enqueued(job_store: JobStore) -> None:
    """The charge was paid back while its sender slept; the sender learns it."""
    job = new_job()
    assert await tombstone(job_store, job.id)
    assert await tombstone(job_store, job.id)
    with pytest.raises(JobEnded):
        await enqueue(job_store, job)
    assert await queue(job_store) == []
    assert await claim(job_store, job.id, ANN) is None


async def test_an_id_with_a_job_is_not_refused(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    assert not await tombstone(job_store, job_id)
    assert (await view(job_store, job_id)).status is Status.QUEUED


async def test_a_crash_before_the_push_is_found_by_the_deadline(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await job_store.redis.delete(keys.queue(Tier.PRO))
    await age(job_store.redis, job_id, 5_000)
    await sweep_job(job_store, job_id)
    assert await queue(job_store) == [job_id]


async def test_a_crash_before_the_hash_is_due_as_missing_after_a_minute(
    job_store: JobStore,
) -> None:
    """Not at once: the hash may be on its way."""
    job = new_job()
    await deadlines.schedule(job_store, job.id, 0)
    assert await sweep_job(job_store, job.id) == []
    assert await sweep_job(job_store, job.id) == []
    await age(job_store.redis, job.id, 61_000)
    assert await sweep_job(job_store, job.id) == [Due(job.id, None, "missing")]
    assert await tombstone(job_store, job.id)
    await age(job_store.redis, job.id, 61_000)
    assert await sweep_job(job_store, job.id) == [Due(job.id, None, "missing")]
    await deadlines.unschedule(job_store, job.id)
    await age(job_store.redis, job.id, 61_000)
    assert await sweep_job(job_store, job.id) == []


async def test_a_hash_that_comes_late_is_swept_as_ever(job_store: JobStore) -> None:
    job = new_job()
    await deadlines.schedule(job_store, job.id, 0)
    await sweep_job(job_store, job.id)
    await enqueue(job_store, job)
    held = await _score(job_store, job.id)
    await deadlines.mark_missing(job_store, job.id, 0, f"{held:.0f}")
    assert await _score(job_store, job.id) is None
    await age(job_store.redis, job.id, 61_000)
    assert await sweep_job(job_store, job.id) == [Due(job.id, Tier.PRO, "provider")]
    await age(job_store.redis, job.id, 61_000)
    assert await sweep_job(job_store, job.id) == [Due(job.id, Tier.PRO, "provider")]


async def _score(store: JobStore, job_id: JobId) -> float | None:
    score: float | None = await store.redis.zscore(keys.deadlines(keys.shard_of(job_id)), job_id)
    return score


async def test_a_hash_that_is_being_written_is_not_missing_yet(
    job_store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that no worker may have is due at once, but not before it is there."""
    job, run = new_job(no_worker=True), job_store.run
    swept: list[Due] = []

    async def after_a_sweep(*call: Any) -> Reply:
        monkeypatch.undo()
        swept.extend(await sweep_job(job_store, job.id))
        return await run(*call)

    monkeypatch.setattr(job_store, "run", after_a_sweep)
    await enqueue(job_store, job)
    assert await sweep_job(job_store, job.id) == [Due(job.id, Tier.PRO, "provider")]
    assert swept == []


async def test_a_job_for_no_worker_is_a_providers_at_once(job_store: JobStore) -> None:
    job_id = await enqueued(job_store, new_job(no_worker=True))
    assert await queue(job_store) == []
    assert await claim(job_store, job_id, ANN) is None
    assert await sweep_job(job_store, job_id) == [Due(job_id, Tier.PRO, "provider")]
    assert await claim(job_store, job_id, CLOUD) is not None


async def test_a_missing_hash_that_was_settled_leaves_no_deadline(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await cancel(job_store, job_id)
    await job_store.redis.delete(keys.job(job_id))
    await mark_settled(job_store, job_id)
    assert await job_store.redis.zscore(keys.deadlines(keys.shard_of(job_id)), job_id) is None
    await job_store.redis.delete(keys.log(job_id))
