"""Jobs and producers to test with, and the store's whole view of one job."""

from collections.abc import Sequence
from secrets import token_hex

from msgspec import structs

from ashao.jobs import keys
from ashao.jobs.claim import claim
from ashao.jobs.enqueue import enqueue
from ashao.jobs.event import StoredEvent
from ashao.jobs.job import ANY_MODEL, Claim, JobId, JobView, NewJob, Producer, ProducerId, Tier
from ashao.jobs.read import get_job
from ashao.jobs.store import JobStore
from ashao.jobs.sweep import Due, sweep
from ashao.messages import Message, Params

ANN = Producer(ProducerId("worker-ann"))
BOB = Producer(ProducerId("worker-bob"))
CLOUD = Producer(ProducerId("cloud"), "provider")
SKY = Producer(ProducerId("sky"), "provider")


def new_job(
    *,
    tier: Tier = Tier.PRO,
    content: str = "Count to three.",
    params: Params | None = None,
    no_worker: bool = False,
) -> NewJob:
    """A job that nobody has heard of."""
    return NewJob(
        id=JobId(token_hex(16)),
        user_id="user-1",
        tier=tier,
        messages=[Message("user", content)],
        params=params or Params(),
        no_worker=no_worker,
    )


def needing(model: str = ANY_MODEL, context_tokens: int = 0) -> NewJob:
    """A job that not every worker can serve."""
    return structs.replace(new_job(), model=model, context_tokens=context_tokens)


async def enqueued(store: JobStore, job: NewJob | None = None) -> JobId:
    """A job in the queue."""
    job = job or new_job()
    await enqueue(store, job)
    return job.id


async def claimed(
    store: JobStore, job: NewJob | None = None, producer: Producer = ANN
) -> tuple[JobId, Claim]:
    """A job that the producer holds."""
    job_id = await enqueued(store, job)
    return job_id, await must_claim(store, job_id, producer)


async def must_claim(store: JobStore, job_id: JobId, producer: Producer) -> Claim:
    """Claim a job that is there for the producer."""
    won = await claim(store, job_id, producer)
    assert won is not None
    return won


async def view(store: JobStore, job_id: JobId) -> JobView:
    """The job, which exists."""
    job = await get_job(store, job_id)
    assert job is not None
    return job


def plain(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """The events without what the store adds."""
    return [structs.replace(each, digest="") for each in events]


async def sweep_job(store: JobStore, job_id: JobId) -> list[Due]:
    """Sweep the job's shard; what is due of this job."""
    swept = await sweep(store, keys.shard_of(job_id))
    assert swept.failures == []
    return [each for each in swept.due if each.job_id == job_id]


async def queue(store: JobStore, tier: Tier = Tier.PRO) -> list[str]:
    """The ids in the queue, the next one first."""
    ids: list[str] = [str(each) for each in await store.redis.lrange(keys.queue(tier), 0, -1)]
    return ids[::-1]
