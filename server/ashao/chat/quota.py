"""How many jobs of one owner have not ended yet: nobody may fill the queue alone.

A job leaves when it is settled. One whose settlement never comes is forgotten after an hour, one
whose sender died on its way into the queue after two minutes.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast

from ashao.errors import StoreUnavailable, TooMany
from ashao.identity.owners import OwnerId, is_visitor
from ashao.store import keys
from ashao.store.clock import now_ms
from ashao.store.secrets import digest

if TYPE_CHECKING:
    from ashao.store.redis import Redis

LONGEST_S = 3600
ENTERS_WITHIN_S = 120
RETRY_AFTER_S = 5
LOOKED_AT = 100  # of one owner's jobs at a time
MAX_CONCURRENT = 4
"""So many of an owner's jobs wait among everybody's; more wait behind them."""


class JobQuota:
    """Jobs by owner; `limit` is the most that one may have at a time, `anonymous` a visitor."""

    def __init__(self, redis: "Redis", limit: int, anonymous: int | None = None) -> None:
        self._redis = redis
        self._limit = limit
        self._anonymous = limit if anonymous is None else anonymous

    @asynccontextmanager
    async def admit(self, owner_id: OwnerId, job_id: str) -> AsyncGenerator[bool]:
        """One more job, or the same again; whether it must be patient, for its owner has several.

        What fails in here, in whatever way, was never in flight, unless it was before: a repeat
        that fails leaves the first one's job as it is. Raises TooMany.
        """
        is_new = False  # as long as the store did not say so; what it was not told, it forgets soon
        limit = self._limit_of(owner_id)
        try:
            is_new, now, count = await self._enter(owner_id, job_id)
            if is_new and count > limit:
                raise TooMany(
                    f"At most {limit} answers at a time. Please wait for one to end.",
                    RETRY_AFTER_S,
                )
            yield count > MAX_CONCURRENT
        except BaseException:
            if is_new:
                with suppress(StoreUnavailable):
                    await self.release(owner_id, job_id)
            raise
        with suppress(StoreUnavailable):
            await self._confirm(owner_id, job_id, now)

    async def jobs_of(self, owner_id: OwnerId) -> list[str]:
        """The owner's jobs that have not ended, as far as is known."""
        found = await self._redis.zrange(keys.in_flight(digest(owner_id)), 0, -1)
        return cast("list[str]", found)

    async def has_room(self, owner_id: OwnerId) -> bool:
        """Whether the owner may have one more, as far as is known."""
        count: int = await self._redis.zcard(keys.in_flight(digest(owner_id)))
        return count < self._limit_of(owner_id)

    async def queued_jobs_of(self, owner_id: OwnerId) -> list[str]:
        """Of the owner's jobs those that reached the queue, the oldest first, some at a time."""
        entering = await now_ms(self._redis) // 1000 - LONGEST_S + ENTERS_WITHIN_S
        found = await self._redis.zrangebyscore(
            keys.in_flight(digest(owner_id)), f"({entering}", "+inf", start=0, num=LOOKED_AT
        )
        return cast("list[str]", found)

    async def release(self, owner_id: OwnerId, job_id: str) -> None:
        """The job has ended."""
        await self._redis.zrem(keys.in_flight(digest(owner_id)), job_id)

    def _limit_of(self, owner_id: OwnerId) -> int:
        return self._anonymous if is_visitor(owner_id) else self._limit

    async def _enter(self, owner_id: OwnerId, job_id: str) -> tuple[bool, int, int]:
        """Note a job, as one to be forgotten soon.

        Whether it is new, what time it is, and how many there are now.
        """
        name = keys.in_flight(digest(owner_id))
        now = await now_ms(self._redis) // 1000
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.zremrangebyscore(name, "-inf", now - LONGEST_S)
            pipeline.zadd(name, {job_id: now - LONGEST_S + ENTERS_WITHIN_S}, nx=True)
            pipeline.expire(name, LONGEST_S)
            pipeline.zcard(name)
            _, added, _, count = await pipeline.execute()
        return bool(added), now, int(count)

    async def _confirm(self, owner_id: OwnerId, job_id: str, now: int) -> None:
        """The job is queued: it leaves when it is settled, if it was not already."""
        await self._redis.zadd(keys.in_flight(digest(owner_id)), {job_id: now}, xx=True)
