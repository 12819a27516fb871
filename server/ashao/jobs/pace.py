"""How long a place in the queue takes, measured: what the last answers of a tier's workers took.

Unknown, and then nothing is said, until a few workers' answers have ended lately.
"""

from ashao.jobs import keys
from ashao.jobs.job import JobView, Status, Tier
from ashao.jobs.scripts import JobStore
from ashao.store.redis import answering

KEPT = 20
FEWEST = 3
LATELY_S = 120


async def measure(store: JobStore, job: JobView) -> None:
    """Keep what an ended job took, if one worker wrote all of it. Raises StoreUnavailable."""
    is_one_workers = len(job.shares) == 1 and job.shares[0].kind == "worker"
    if job.status is not Status.DONE or not is_one_workers:
        return
    if job.claimed_at is None or job.ended_at is None:
        return
    took = f"{job.claimed_by} {job.ended_at - job.claimed_at}"
    key = keys.pace(job.tier)
    with answering():
        async with store.redis.pipeline(transaction=False) as pipeline:
            pipeline.lpush(key, took)
            pipeline.ltrim(key, 0, KEPT - 1)
            pipeline.expire(key, LATELY_S)
            await pipeline.execute()


async def estimate_ms(store: JobStore, tier: Tier, position: int) -> int | None:
    """In how many ms a job at this place is claimed, or None. Raises StoreUnavailable.

    The workers that ended answers lately go on side by side, each as fast as they all are on
    average.
    """
    with answering():
        kept = await store.courier.execute("LRANGE", keys.pace(tier), 0, -1)
    if len(kept) < FEWEST:
        return None
    workers, times = zip(*(each.split(" ") for each in kept), strict=True)
    mean_ms = sum(int(each) for each in times) / len(times)
    return round((position + 1) * mean_ms / len(set(workers)))
