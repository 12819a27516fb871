"""How often somebody does something: counters in fixed windows, shared by every process."""

from typing import TYPE_CHECKING

from ashao.errors import TooMany
from ashao.store import keys
from ashao.store.script import load

if TYPE_CHECKING:
    from ashao.store.redis import Redis

_COUNT = load("ashao.store", "count")

WINDOW_S = 60


class RateLimits:
    """Counts by minute on the store's clock."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def count(self, what: str, who: str, limit: int) -> None:
        """Count one more; raises TooMany with the seconds to wait when over the limit a minute."""
        counted, left_s = await _COUNT.run(self._redis, [keys.rate(what, who)], WINDOW_S)
        if counted > limit:
            raise TooMany(f"At most {limit} a minute. Please wait a little.", left_s)
