"""When to look at a job again: the reminders that find what every crash leaves behind.

A deadline is written before what it guards and removed after everything else, so at worst a
look is wasted. The job's hash is the truth; the sweeper reads it there.
"""

from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.jobs.scripts import JobStore, Script
from ashao.store.redis import answering

_REMIND = Script.load("remind")
_DUE = Script.load("due")

MISSING = "missing:"  # marks a member whose hash was not there when somebody looked


async def remind(store: JobStore, job_id: JobId, delay_ms: int) -> None:
    """Look at the job in `delay_ms`, whatever was set before. Raises StoreUnavailable."""
    await _REMIND.run(store.redis, [_key(job_id)], job_id, delay_ms, "")


async def remind_unless_moved(
    store: JobStore, job_id: JobId, member: str, delay_ms: int, held: str
) -> None:
    """The same for a sweeper, which yields to a reminder that was set while it looked."""
    await _REMIND.run(store.redis, [_key(job_id)], member, delay_ms, held)


async def take_due(
    store: JobStore, shard: int, at_most: int, hold_ms: int
) -> tuple[str, list[str]]:
    """The members that are due, held back for `hold_ms`, and the score that they have meanwhile."""
    held, *members = await _DUE.run(store.redis, [keys.deadlines(shard)], at_most, hold_ms)
    return held, members


async def forget(store: JobStore, job_id: JobId) -> None:
    """Never look at the job again. Raises StoreUnavailable."""
    with answering():
        await store.redis.zrem(_key(job_id), job_id, MISSING + job_id)


async def mark_missing(store: JobStore, job_id: JobId, delay_ms: int) -> None:
    """There is no hash: perhaps it is being written. Look again, once, in `delay_ms`."""
    await _REMIND.run(store.redis, [_key(job_id)], MISSING + job_id, delay_ms, "")
    with answering():
        await store.redis.zrem(_key(job_id), job_id)


async def mark_found(store: JobStore, job_id: JobId) -> None:
    """The hash is there after all."""
    with answering():
        await store.redis.zrem(_key(job_id), MISSING + job_id)


def _key(job_id: JobId) -> str:
    return keys.deadlines(keys.shard_of(job_id))
