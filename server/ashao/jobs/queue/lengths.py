"""How many jobs wait in each tier's queue, for the figures."""

import asyncio
from typing import TYPE_CHECKING

from ashao.jobs.job import Tier
from ashao.jobs.queue import ids

if TYPE_CHECKING:
    from ashao.store.redis import Redis


class QueueLengths:
    """Reads them for whoever shows figures."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def read(self) -> dict[Tier, int]:
        """Jobs that wait now, by tier, with those of low priority.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        counts = await asyncio.gather(*(ids.length(self._redis, tier) for tier in Tier))
        return dict(zip(Tier, counts, strict=True))
