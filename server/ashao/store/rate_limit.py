"""How often somebody does something: counters in fixed windows, shared by every process."""

from typing import TYPE_CHECKING

from ashao.errors import TooMany
from ashao.store import keys
from ashao.store.clock import now_ms

if TYPE_CHECKING:
    from ashao.store.redis import Redis

WINDOW_S = 60


class RateLimits:
    """Counts by minute on the store's clock."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def count(self, what: str, who: str, limit: int) -> None:
        """Count one more; raises TooMany with the seconds to wait when over the limit a minute."""
        seconds = await now_ms(self._redis) // 1000
        key = keys.rate(what, who, seconds // WINDOW_S)
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, WINDOW_S + 1)
            counted, _ = await pipeline.execute()
        if counted > limit:
            raise TooMany(
                f"At most {limit} a minute. Please wait a little.", WINDOW_S - seconds % WINDOW_S
            )
