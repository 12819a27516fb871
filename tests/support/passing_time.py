"""Lets time pass for one job in a running orchestrator: nobody waits for a lease."""

from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.store.redis import connect
from tests.support.aging import age
from tests.support.wait import wait_until

GRACE_MS = 60_000
LEASE_MS = 15_000
FIRST_TOKEN_MS = 30_000


async def pass_time(store_url: str, job_id: str, ms: int, *moments: str) -> None:
    """As if `ms` had passed since the named moments, or all of them; a sweeper looks soon."""
    redis = connect(store_url)
    try:
        job = JobId(job_id)
        await age(redis, job, ms, *moments)
        await redis.zadd(keys.deadlines(keys.shard_of(job)), {job: 0}, xx=True)
    finally:
        await redis.aclose()


async def status_of(store_url: str, job_id: str) -> str:
    """The job's status, as its hash says."""
    redis = connect(store_url)
    try:
        return str(await redis.hget(keys.job(JobId(job_id)), "status"))
    finally:
        await redis.aclose()


async def until_queued(store_url: str, job_id: str) -> None:
    """Wait until a sweeper has taken the claim away."""

    async def is_queued() -> bool:
        return await status_of(store_url, job_id) == "queued"

    await wait_until(is_queued, "the job is queued again")
