"""How long a place in the queue takes, measured: what the last answers of a tier's workers took.

Unknown, and then nothing is said, until a few workers' answers have ended lately.
"""

from ashao.jobs import keys
from ashao.jobs.job import JobView, Status, Tier
from ashao.jobs.store import JobStore

KEPT = 20
FEWEST = 3
LATELY_S = 120


async def record_duration(store: JobStore, job: JobView) -> None:
    """Keep what an ended job took, if one worker wrote all of it. Raises StoreUnavailable."""
    is_one_workers = len(job.contributions) == 1 and job.contributions[0].kind == "worker"
    if job.status is not Status.DONE or not is_one_workers:
        return
    if job.claimed_at is None or job.ended_at is None:
        return
    took = f"{job.claimed_by} {job.ended_at - job.claimed_at}"
    key = keys.durations(job.tier)
    async with store.redis.pipeline(transaction=False) as pipeline:
        pipeline.lpush(key, took)
        pipeline.ltrim(key, 0, KEPT - 1)
        pipeline.expire(key, LATELY_S)
        await pipeline.execute()


async def ms_a_place(store: JobStore, tier: Tier) -> float | None:
    """How long a place in the queue takes, in ms, or None. Raises StoreUnavailable.

    The workers that ended answers lately go on side by side, each as fast as they all are on
    average.
    """
    kept = await store.batcher.execute("LRANGE", keys.durations(tier), 0, -1)
    if len(kept) < FEWEST:
        return None
    workers, times = zip(*(each.split(" ") for each in kept), strict=True)
    return sum(int(each) for each in times) / len(times) / len(set(workers))
