"""How many jobs of one owner have not ended yet: nobody may fill the queue alone.

A job leaves when it is settled. One whose settlement never comes is forgotten after an hour, one
whose sender died on its way into the queue after two minutes.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast

from ashao.errors import StoreUnavailable, TooMany
from ashao.store import keys
from ashao.store.redis import answering
from ashao.store.secrets import digest
from ashao.store.sessions import ANONYMOUS

if TYPE_CHECKING:
    from ashao.store.redis import Redis

LONGEST_S = 3600
ENTERS_WITHIN_S = 120
RETRY_AFTER_S = 5
AT_ONCE = 4
"""So many of an owner's jobs wait among everybody's; more wait behind them."""


class InFlight:
    """Jobs by owner; `limit` is the most that one may have at a time, `anonymous` a visitor."""

    def __init__(self, redis: "Redis", limit: int, anonymous: int | None = None) -> None:
        self._redis = redis
        self._limit = limit
        self._anonymous = limit if anonymous is None else anonymous

    @asynccontextmanager
    async def entering(self, owner_id: str, job_id: str) -> AsyncGenerator[bool]:
        """One more job, or the same again; whether it must be patient, for its owner has several.

        What fails in here, in whatever way, was never in flight. Raises TooMany.
        """
        limit = self._anonymous if owner_id.startswith(ANONYMOUS) else self._limit
        try:
            now, count = await self._enter(owner_id, job_id)
            if count > limit:
                raise TooMany(
                    f"At most {limit} answers at a time. Please wait for one to end.",
                    RETRY_AFTER_S,
                )
            yield count > AT_ONCE
        except BaseException:
            with suppress(StoreUnavailable):
                await self.leave(owner_id, job_id)
            raise
        with suppress(StoreUnavailable):
            await self._stay(owner_id, job_id, now)

    async def of(self, owner_id: str) -> list[str]:
        """The owner's jobs that have not ended, as far as is known."""
        with answering():
            found = await self._redis.zrange(keys.in_flight(digest(owner_id)), 0, -1)
        return cast("list[str]", found)

    async def leave(self, owner_id: str, job_id: str) -> None:
        """The job has ended."""
        with answering():
            await self._redis.zrem(keys.in_flight(digest(owner_id)), job_id)

    async def _enter(self, owner_id: str, job_id: str) -> tuple[int, int]:
        """Note a job, as one to be forgotten soon; what time it is, and how many there are now."""
        name = keys.in_flight(digest(owner_id))
        with answering():
            now = int((await self._redis.time())[0])
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.zremrangebyscore(name, "-inf", now - LONGEST_S)
                pipeline.zadd(name, {job_id: now - LONGEST_S + ENTERS_WITHIN_S}, nx=True)
                pipeline.expire(name, LONGEST_S)
                pipeline.zcard(name)
                *_, count = await pipeline.execute()
        return now, int(count)

    async def _stay(self, owner_id: str, job_id: str, now: int) -> None:
        """The job is queued: it leaves when it is settled, if it was not already."""
        with answering():
            await self._redis.zadd(keys.in_flight(digest(owner_id)), {job_id: now}, xx=True)
