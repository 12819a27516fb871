"""Suspends a worker that fails answer after answer, for a growing time, and tells it why.

Counted in the store, on its clock, so that every process agrees. Answers that were begun before the
last failure broke with it: an outage counts once. One whole answer ends the count and the
suspension.
"""

import math
from typing import TYPE_CHECKING

from ashao.errors import TooMany
from ashao.jobs.job import JobId
from ashao.jobs.read import get_job
from ashao.store import keys
from ashao.store.clock import now_ms
from ashao.workers.worker import MEASURED

if TYPE_CHECKING:
    from ashao.jobs.store import JobStore
    from ashao.store.redis import Redis

FAILURES_ALLOWED = 2  # in a row, before the first suspension
FIRST_SUSPENSION_S = 10
LONGEST_SUSPENSION_S = 600
MEMORY_S = 2 * LONGEST_SUSPENSION_S


class Suspensions:
    """The failures of all workers since each one's last whole answer."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def require_not_suspended(self, worker_id: str) -> None:
        """Raises TooMany, with the reason and the time left, while the worker is suspended."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.pttl(keys.worker_rest(worker_id))
            pipeline.get(keys.worker_failures(worker_id))
            left_ms, failures = await pipeline.execute()
        if left_ms > 0 and failures is not None:  # a success may come in between
            left_s = math.ceil(left_ms / 1000)
            raise TooMany(
                f"This worker failed {failures} answers in a row. It may claim again in "
                f"{left_s} s.",
                left_s,
            )

    async def record_failure(self, worker_id: str, claimed_at: int | None = None) -> None:
        """One more answer that the worker began and could not go on with.

        `claimed_at` is when it began, in ms of the store's clock. A suspension also ends the
        worker's claim calls that wait, at whichever process.
        """
        now = await now_ms(self._redis)
        failed_at = keys.worker_failed_at(worker_id)
        last = await self._redis.set(failed_at, now, ex=MEMORY_S, get=True)
        if claimed_at is not None and last is not None and claimed_at <= int(last):
            return
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.incr(keys.worker_failures(worker_id))
            pipeline.expire(keys.worker_failures(worker_id), MEMORY_S)
            pipeline.hdel(keys.worker(worker_id), MEASURED)  # its next whole answer proves it again
            failures, *_ = await pipeline.execute()
        if failures > FAILURES_ALLOWED:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.set(keys.worker_rest(worker_id), "1", ex=suspension_s(failures))
                pipeline.incr(keys.worker_generation(worker_id))
                pipeline.expire(keys.worker_generation(worker_id), LONGEST_SUSPENSION_S)
                await pipeline.execute()

    async def record_success(self, worker_id: str) -> None:
        """A whole answer, also one of several at once, ends the count and the suspension.

        Call it once for each answer.
        """
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.delete(keys.worker_rest(worker_id))
            pipeline.delete(keys.worker_failures(worker_id))
            await pipeline.execute()


async def record_lost_attempt(
    jobs: "JobStore", suspensions: Suspensions, worker_id: str, job_id: JobId
) -> None:
    """A lost attempt counts against its worker, an outage that broke several once."""
    job = await get_job(jobs, job_id)
    await suspensions.record_failure(worker_id, job.claimed_at if job else None)


def suspension_s(failures: int) -> int:
    """How long after so many failures in a row: doubling, up to LONGEST_SUSPENSION_S."""
    doubled = min(failures - FAILURES_ALLOWED - 1, 16)
    return min(FIRST_SUSPENSION_S << doubled, LONGEST_SUSPENSION_S)
