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
from ashao.store.script import load
from ashao.store.secrets import digest

if TYPE_CHECKING:
    from ashao.store.redis import Redis

_ENTER = load("ashao.chat", "enter")

LONGEST_S = 3600
ENTERS_WITHIN_S = 120
RETRY_AFTER_S = 5
LOOKED_AT = 100  # of one owner's jobs at a time
MAX_CONCURRENT = 4
"""So many of an owner's jobs wait among everybody's; more wait behind them."""


class Place:
    """A job's place among its owner's: `is_one_of_many` is whether it must be patient."""

    def __init__(
        self, redis: "Redis", name: str, job_id: str, since: int, *, is_one_of_many: bool
    ) -> None:
        self._redis = redis
        self._name = name
        self._job_id = job_id
        self._since = since
        self.is_one_of_many = is_one_of_many

    async def confirm(self) -> None:
        """The job goes into the queue: it leaves when it is settled, if it was not already."""
        with suppress(StoreUnavailable):
            await self._redis.zadd(self._name, {self._job_id: self._since}, xx=True)


class JobQuota:
    """Jobs by owner; `limit` is the most that one may have at a time, `anonymous` a visitor."""

    def __init__(self, redis: "Redis", limit: int, anonymous: int | None = None) -> None:
        self._redis = redis
        self._limit = limit
        self._anonymous = limit if anonymous is None else anonymous

    @asynccontextmanager
    async def admit(self, owner_id: OwnerId, job_id: str) -> AsyncGenerator[Place]:
        """A place for one more job, or for the same again.

        What fails in here, in whatever way, was never in flight, unless it was before: a repeat
        that fails leaves the first one's job as it is. Raises TooMany.
        """
        is_new = False  # as long as the store did not say so; what it was not told, it forgets soon
        limit = self._limit_of(owner_id)
        name = keys.in_flight(digest(owner_id))
        try:
            is_new, now, count = await _ENTER.run(
                self._redis, [name], job_id, LONGEST_S, ENTERS_WITHIN_S
            )
            if is_new and count > limit:
                raise TooMany(
                    f"At most {limit} answers at a time. Please wait for one to end.",
                    RETRY_AFTER_S,
                )
            yield Place(self._redis, name, job_id, now, is_one_of_many=count > MAX_CONCURRENT)
        except BaseException:
            if is_new:
                with suppress(StoreUnavailable):
                    await self.release(owner_id, job_id)
            raise

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
