"""Holds a job in the store against its model, and brings it to its end."""

from ashao.jobs import keys
from ashao.jobs.claim import claim
from ashao.jobs.finish import complete, give_up
from ashao.jobs.job import JobId
from ashao.jobs.publish import publish
from ashao.jobs.read import ended_job, mark_settled, read_log
from ashao.jobs.store import JobStore
from ashao.jobs.sweep import sweep
from tests.support.aging import age
from tests.support.job_model import ModelJob
from tests.support.jobs import ANN, CLOUD, SKY, plain, view


async def sweep_now(store: JobStore, job_id: JobId) -> set[str]:
    """As if the job's deadline were now."""
    shard = keys.shard_of(job_id)
    await store.redis.zadd(keys.deadlines(shard), {job_id: 0}, xx=True)
    return {due.reason for due in (await sweep(store, shard)).due if due.job_id == job_id}


async def compare(store: JobStore, job: ModelJob) -> None:
    """What clients, producers and the sweeper can see is what the model says."""
    seen = await view(store, job.new.id)
    page = await read_log(store, job.new.id)
    assert plain(page.events) == job.events
    assert [event.seq for event in page.events] == list(range(len(page.events)))
    assert (str(seen.status), seen.attempt, seen.next_seq, seen.failures, list(seen.tried)) == (
        job.status,
        job.attempt,
        job.next_seq,
        job.failures,
        job.tried,
    )
    assert [share.tokens for share in seen.contributions] == job.contributions
    assert [share.thoughts for share in seen.contributions] == job.thoughts
    assert seen.tokens == sum(job.contributions)
    assert seen.claimed_by == (job.holder.id if job.holder else None)
    has_messages = await store.redis.exists(keys.messages(job.new.id))
    assert bool(has_messages) != job.has_ended
    if not job.is_settled:
        shard = keys.deadlines(keys.shard_of(job.new.id))
        assert await store.redis.zscore(shard, job.new.id) is not None


async def bring_to_its_end(store: JobStore, job: ModelJob) -> None:
    """Whatever happened to it, it can be ended and settled."""
    job_id = job.new.id
    while (ended := await ended_job(store, job_id)) is None:
        await age(store.redis, job_id, 60_000_000)
        await sweep_now(store, job_id)
        for producer in (ANN, CLOUD, SKY):
            if (won := await claim(store, job_id, producer)) is not None:
                await publish(store, job_id, producer.id, won.attempt, won.next_seq, ".")
                await complete(store, job_id, producer.id, won.attempt)
                break
        else:
            await give_up(store, job_id, [CLOUD.id, SKY.id])
    assert ended.text is not None
    await mark_settled(store, job_id)
