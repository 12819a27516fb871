"""Which account a worker earns for: noted when somebody who is signed in starts to donate.

Kept for a day after the worker last asked for a job, so that its last answers can still be paid.
The way from the owner to its workers is kept a little longer than the way back: as long as a worker
leads to somebody, that somebody can have it forgotten.
"""

from typing import TYPE_CHECKING, cast

from ashao.identity.owners import OwnerId
from ashao.store import keys

if TYPE_CHECKING:
    from ashao.store.redis import Redis

EARNER_TTL_S = 24 * 3600
INDEX_TTL_S = EARNER_TTL_S + 3600


class Payees:
    """Owner ids by worker."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def assign(self, worker_id: str, owner_id: OwnerId) -> None:
        """From now on this worker earns for this owner."""
        await self._redis.sadd(keys.workers_of(owner_id), worker_id)
        await self._redis.expire(keys.workers_of(owner_id), INDEX_TTL_S)
        await self._redis.set(keys.worker_payee(worker_id), owner_id, ex=EARNER_TTL_S)

    async def payee_of(self, worker_id: str) -> OwnerId | None:
        """Whom to pay; None for a worker whose person did not sign in. Keeps it for another day."""
        owner = await self._redis.getex(keys.worker_payee(worker_id), ex=EARNER_TTL_S)
        if owner is not None:
            await self._redis.expire(keys.workers_of(cast("str", owner)), INDEX_TTL_S)
        return cast("OwnerId | None", owner)

    async def unassign(self, worker_id: str, owner_id: OwnerId) -> None:
        """This worker earns for this owner no longer."""
        await self._redis.delete(keys.worker_payee(worker_id))
        await self._redis.srem(keys.workers_of(owner_id), worker_id)

    async def workers_of(self, owner_id: OwnerId) -> set[str]:
        """The workers that earn for an owner."""
        return cast("set[str]", await self._redis.smembers(keys.workers_of(owner_id)))

    async def forget_owner(self, owner_id: OwnerId) -> None:
        """Nothing ties these workers to their owner any more."""
        for worker_id in await self.workers_of(owner_id):
            await self.unassign(worker_id, owner_id)
