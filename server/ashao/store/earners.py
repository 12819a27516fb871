"""Which account a worker earns for: noted when somebody who is signed in starts to donate.

Kept for a day after the worker last asked for a job, so that its last answers can still be paid.
The way from the owner to its workers is kept a little longer than the way back: as long as a worker
leads to somebody, that somebody can have it forgotten.
"""

from typing import TYPE_CHECKING, cast

from ashao.store import keys
from ashao.store.redis import answering

if TYPE_CHECKING:
    from ashao.store.redis import Redis

EARNER_TTL_S = 24 * 3600
INDEX_TTL_S = EARNER_TTL_S + 3600


class Earners:
    """Owner ids by worker."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def note(self, worker_id: str, owner_id: str) -> None:
        """From now on this worker earns for this owner."""
        with answering():
            await self._redis.sadd(keys.workers_of(owner_id), worker_id)
            await self._redis.expire(keys.workers_of(owner_id), INDEX_TTL_S)
            await self._redis.set(keys.worker_earner(worker_id), owner_id, ex=EARNER_TTL_S)

    async def of(self, worker_id: str) -> str | None:
        """Whom to pay; None for a worker whose person did not sign in. Keeps it for another day."""
        with answering():
            owner = await self._redis.getex(keys.worker_earner(worker_id), ex=EARNER_TTL_S)
            if owner is not None:
                await self._redis.expire(keys.workers_of(cast("str", owner)), INDEX_TTL_S)
        return cast("str | None", owner)

    async def drop(self, worker_id: str, owner_id: str) -> None:
        """This worker earns for this owner no longer."""
        with answering():
            await self._redis.delete(keys.worker_earner(worker_id))
            await self._redis.srem(keys.workers_of(owner_id), worker_id)

    async def workers_of(self, owner_id: str) -> set[str]:
        """The workers that earn for an owner."""
        with answering():
            return cast("set[str]", await self._redis.smembers(keys.workers_of(owner_id)))

    async def forget(self, owner_id: str) -> None:
        """Nothing ties these workers to their owner any more."""
        for worker_id in await self.workers_of(owner_id):
            await self.drop(worker_id, owner_id)
