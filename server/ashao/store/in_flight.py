"""How many jobs of one owner have not ended yet: nobody may fill the queue alone.

A job leaves when it is settled. One whose settlement never comes is forgotten after an hour.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ashao.errors import Refused, TooMany
from ashao.store import keys
from ashao.store.redis import answering
from ashao.store.secrets import digest

if TYPE_CHECKING:
    from ashao.store.redis import Redis

LONGEST_S = 3600
RETRY_AFTER_S = 5
AT_ONCE = 4
"""So many of an owner's jobs wait among everybody's; more wait behind them."""


class InFlight:
    """Jobs by owner; `limit` is the most that one owner may have at a time."""

    def __init__(self, redis: "Redis", limit: int) -> None:
        self._redis = redis
        self._limit = limit

    async def _enter(self, owner_id: str, job_id: str) -> int:
        """One more job, or the same one again: how many there are now. Raises TooMany."""
        name = keys.in_flight(digest(owner_id))
        with answering():
            now = int((await self._redis.time())[0])
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.zremrangebyscore(name, "-inf", now - LONGEST_S)
                pipeline.zadd(name, {job_id: now}, nx=True)
                pipeline.expire(name, LONGEST_S)
                pipeline.zcard(name)
                *_, count = await pipeline.execute()
        if count > self._limit:
            await self.leave(owner_id, job_id)
            raise TooMany(
                f"At most {self._limit} answers at a time. Please wait for one to end.",
                RETRY_AFTER_S,
            )
        return int(count)

    @asynccontextmanager
    async def entering(self, owner_id: str, job_id: str) -> AsyncGenerator[bool]:
        """One more job; whether it must be patient, as its owner has several. Raises TooMany.

        What is refused in here was never in flight.
        """
        count = await self._enter(owner_id, job_id)
        try:
            yield count > AT_ONCE
        except Refused:
            await self.leave(owner_id, job_id)
            raise

    async def leave(self, owner_id: str, job_id: str) -> None:
        """The job has ended."""
        with answering():
            await self._redis.zrem(keys.in_flight(digest(owner_id)), job_id)
