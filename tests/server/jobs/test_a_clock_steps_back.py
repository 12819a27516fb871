"""The store's clock steps back: nobody waits as long as it stepped."""

import pytest

from ashao.jobs import keys
from ashao.jobs.claim import claim
from ashao.jobs.codes import FailCode
from ashao.jobs.finish import cancel, fail_attempt
from ashao.jobs.job import JobId
from ashao.jobs.publish import publish
from ashao.jobs.store import JobStore
from ashao.jobs.sweep import sweep
from tests.support.aging import age
from tests.support.jobs import ANN, CLOUD, claimed, enqueued, must_claim

STEPS = [30_000, 100_000, 86_400_000]
LOOK_MS = 1_000
LONGEST_MS = 60_000  # that any deadline is ahead


async def _step_back(store: JobStore, job_id: JobId, ms: int) -> None:
    """Seen from the job, a clock that steps back is a life in the future."""
    await age(store.redis, job_id, -ms)


async def _ms_until(store: JobStore, job_id: JobId, reason: str) -> int:
    """How much time must pass until the sweeper says so."""
    for passed in range(0, 3 * LONGEST_MS, LOOK_MS):
        due = (await sweep(store, keys.shard_of(job_id))).due
        if reason in [each.reason for each in due if each.job_id == job_id]:
            return passed
        await age(store.redis, job_id, LOOK_MS)
    raise AssertionError(f"not {reason} within {3 * LONGEST_MS} ms")


@pytest.mark.parametrize("step_ms", STEPS)
async def test_a_silent_workers_job_waits_for_its_own_times_only(
    job_store: JobStore, step_ms: int
) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a", 1)
    await _step_back(job_store, job_id, step_ms)
    waited = await _ms_until(job_store, job_id, "lapsed")
    assert waited <= LONGEST_MS + job_store.rules.lease_ms


@pytest.mark.parametrize("step_ms", STEPS)
async def test_a_waiting_job_is_a_providers_after_its_window(
    job_store: JobStore, step_ms: int
) -> None:
    job_id = await enqueued(job_store)
    await _step_back(job_store, job_id, step_ms)
    waited = await _ms_until(job_store, job_id, "provider")
    assert waited <= LONGEST_MS + job_store.rules.grace_ms
    won = await must_claim(job_store, job_id, CLOUD)
    assert int(await job_store.redis.hget(keys.job(job_id), "waitedMs") or -1) >= 0
    await fail_attempt(job_store, job_id, CLOUD.id, won.attempt, FailCode.ENGINE)
    await _step_back(job_store, job_id, step_ms)
    assert await claim(job_store, job_id, CLOUD) is None
    await age(job_store.redis, job_id, job_store.rules.grace_ms)
    assert await claim(job_store, job_id, CLOUD) is not None


@pytest.mark.parametrize("step_ms", STEPS)
async def test_an_ended_job_is_settled(job_store: JobStore, step_ms: int) -> None:
    job_id = await enqueued(job_store)
    await cancel(job_store, job_id)
    await _step_back(job_store, job_id, step_ms)
    assert await _ms_until(job_store, job_id, "ended") <= LONGEST_MS
