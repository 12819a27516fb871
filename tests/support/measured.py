"""Answers that took as long as a test says."""

from ashao.jobs.finish import complete
from ashao.jobs.job import Producer
from ashao.jobs.publish import publish
from ashao.jobs.queue.eta import record_duration
from ashao.jobs.store import JobStore
from tests.support.aging import age
from tests.support.jobs import claimed, new_job, view


async def answered(store: JobStore, producer: Producer, took_ms: int) -> None:
    """A job that the producer answered, measured."""
    job = new_job(no_worker=producer.kind == "provider")
    job_id, held = await claimed(store, job, producer)
    await age(store.redis, job_id, took_ms, "claimedAt")
    await publish(store, job_id, producer.id, held.attempt, 0, "text")
    await complete(store, job_id, producer.id, held.attempt)
    await record_duration(store, await view(store, job_id))
