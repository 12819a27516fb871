"""Moves a job into its own past, so that no test waits for a lease or a window to end."""

from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.store.redis import Redis

MOMENTS = (
    "createdAt",
    "queuedAt",
    "claimedAt",
    "spokeAt",
    "graceUntil",
    "pausedUntil",
    "heardUntil",
    "leaseUntil",
    "progressUntil",
    "endedAt",
)


async def age(redis: Redis, job_id: JobId, ms: int, *moments: str) -> None:
    """Make `ms` pass for this job only: for the named moments, or for all and its deadline."""
    for name in moments or MOMENTS:
        if await redis.hget(keys.job(job_id), name):
            await redis.hincrby(keys.job(job_id), name, -ms)
    if not moments:
        shard = keys.deadlines(keys.shard_of(job_id))
        for member in (job_id, f"missing:{job_id}"):
            if await redis.zscore(shard, member) is not None:
                await redis.zincrby(shard, -ms, member)
