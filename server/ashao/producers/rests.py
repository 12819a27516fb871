"""A worker that fails answer after answer rests for a growing time, and is told why.

Counted in the store, on its clock, so that every process agrees. A job that was itself at fault
does not count against its worker; one whole answer wipes the slate.
"""

import math
from typing import TYPE_CHECKING

from ashao.errors import TooMany
from ashao.jobs.endings import FailCode
from ashao.store import keys
from ashao.store.redis import answering

if TYPE_CHECKING:
    from ashao.store.redis import Redis

FAILURES_ALLOWED = 2  # in a row, before the first rest
FIRST_REST_S = 10
LONGEST_REST_S = 600
MEMORY_S = 2 * LONGEST_REST_S
JOB_AT_FAULT = frozenset({FailCode.CONTEXT_TOO_LONG, FailCode.BAD_REQUEST, FailCode.REFUSED})


class Rests:
    """The failures of all workers since each one's last whole answer."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def must_be_fit(self, worker_id: str) -> None:
        """Raises TooMany, with the reason and the time left, while the worker rests."""
        with answering():
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.pttl(keys.worker_rest(worker_id))
                pipeline.get(keys.worker_failures(worker_id))
                left_ms, failures = await pipeline.execute()
        if left_ms > 0:
            left_s = math.ceil(left_ms / 1000)
            raise TooMany(
                f"This worker failed {failures} answers in a row. It may claim again in "
                f"{left_s} s.",
                left_s,
            )

    async def failed(self, worker_id: str, code: FailCode) -> None:
        """One more answer that the worker began and could not go on with."""
        if code in JOB_AT_FAULT:
            return
        with answering():
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.incr(keys.worker_failures(worker_id))
                pipeline.expire(keys.worker_failures(worker_id), MEMORY_S)
                failures, _ = await pipeline.execute()
            if failures > FAILURES_ALLOWED:
                rest_s = rest_after(failures)
                await self._redis.set(keys.worker_rest(worker_id), "1", ex=rest_s)

    async def succeeded(self, worker_id: str) -> None:
        """A whole answer: the worker is as good as new."""
        with answering():
            await self._redis.delete(keys.worker_failures(worker_id))


def rest_after(failures: int) -> int:
    """Seconds to rest after so many failures in a row: doubling, up to LONGEST_REST_S."""
    doubled = min(failures - FAILURES_ALLOWED - 1, 16)
    return min(FIRST_REST_S << doubled, LONGEST_REST_S)
