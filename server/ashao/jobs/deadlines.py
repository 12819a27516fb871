"""When to look at a job again: the reminders that find what every crash leaves behind.

A deadline is written before what it guards and removed after everything else, so at worst a
look is wasted. The job's hash is the truth; the sweeper reads it there.
"""

from collections.abc import Sequence

from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.jobs.store import JobStore, load

_REMIND = load("remind")
_DUE = load("due")
_MARK_MISSING = load("mark_missing")

ABSENT = "none"  # instead of a score: there must be no reminder,
PRESENT = "any"  # or there must be one, whichever
LONGEST_LOOK_MS = 60_000  # at what has ended, or is missing
MISSING = "missing:"  # marks a member whose hash was not there when somebody looked


async def schedule(store: JobStore, job_id: JobId, delay_ms: int) -> None:
    """Look at the job in `delay_ms`, whatever was set before. Raises StoreUnavailable."""
    await _REMIND.run(store.redis, [_key(job_id)], job_id, delay_ms, "")


async def reschedule_unless_moved(
    store: JobStore, job_id: JobId, member: str, delay_ms: int, held: str
) -> None:
    """The same for a sweeper, which yields to a reminder that was set while it looked."""
    await _REMIND.run(store.redis, [_key(job_id)], member, delay_ms, held)


async def bring_forward(store: JobStore, job_id: JobId) -> None:
    """The job ended: look at it now, unless it was settled and nobody looks any more.

    Raises StoreUnavailable.
    """
    await reschedule_unless_moved(store, job_id, job_id, 0, PRESENT)


async def take_due(
    store: JobStore, shards: Sequence[int], at_most: int, hold_ms: int
) -> tuple[str, list[str]]:
    """The members that are due, held back for `hold_ms`, and the score that they have meanwhile.

    Of each shard at most so many; several lie in one slot of a store that is no Cluster only.
    When the store's clock stepped back, so are those that lie further ahead than any is set.
    """
    rules = store.rules
    ahead_ms = max(LONGEST_LOOK_MS, rules.grace_ms, rules.lease_ms, rules.first_token_ms)
    names = [keys.deadlines(shard) for shard in shards]
    held, *members = await _DUE.send(store.batcher.execute, names, at_most, hold_ms, ahead_ms)
    return held, members


async def unschedule(store: JobStore, job_id: JobId) -> None:
    """Never look at the job again. Raises StoreUnavailable."""
    await store.redis.zrem(_key(job_id), job_id, MISSING + job_id)


async def mark_missing(store: JobStore, job_id: JobId, delay_ms: int, held: str) -> None:
    """There is no hash: perhaps it is being written. Look again, once, in `delay_ms`.

    Changes nothing when a reminder was set since the job was taken with the score `held`.
    """
    mark = MISSING + job_id
    await _MARK_MISSING.run(store.redis, [_key(job_id)], job_id, mark, delay_ms, held)


async def mark_found(store: JobStore, job_id: JobId) -> None:
    """The hash is there after all."""
    await store.redis.zrem(_key(job_id), MISSING + job_id)


def _key(job_id: JobId) -> str:
    return keys.deadlines(keys.shard_of(job_id))
