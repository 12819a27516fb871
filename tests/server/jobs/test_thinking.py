"""A model that thinks before its first word is not stuck, as long as the job has time for it."""

from ashao.jobs.job import Status
from ashao.jobs.publish import publish, renew
from ashao.jobs.store import JobStore
from tests.support.aging import age
from tests.support.jobs import ANN, claimed, sweep_job, view

BEFORE_LAPSE_MS = 14_000  # of a lease of 15 s


async def test_thinking_keeps_a_claim_within_the_jobs_time_for_silence(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    rounds = 0
    while (await view(job_store, job_id)).status is Status.RUNNING:
        await renew(job_store, ANN.id, [(job_id, won.attempt)], {job_id})
        await age(job_store.redis, job_id, BEFORE_LAPSE_MS)
        await sweep_job(job_store, job_id)
        rounds += 1
    assert rounds == job_store.rules.thinking_ms // BEFORE_LAPSE_MS + 1


async def test_after_the_first_word_only_words_count(job_store: JobStore) -> None:
    """Else an answer could be spun out."""
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    await age(job_store.redis, job_id, BEFORE_LAPSE_MS)
    assert await renew(job_store, ANN.id, [(job_id, won.attempt)], {job_id}) == []
    await age(job_store.redis, job_id, BEFORE_LAPSE_MS)
    await sweep_job(job_store, job_id)
    assert (await view(job_store, job_id)).status is Status.QUEUED
