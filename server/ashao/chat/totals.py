"""What the network has given since its store began: two counters that name nobody."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ashao.store import keys

if TYPE_CHECKING:
    from ashao.store.redis import Redis


@dataclass(frozen=True, slots=True)
class Given:
    """Jobs answered, and the tokens in their answers."""

    jobs_done: int
    tokens: int


class Totals:
    """The counters."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def add(self, tokens: int) -> None:
        """One more job answered."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hincrby(keys.TOTALS, "jobsDone", 1)
            pipeline.hincrby(keys.TOTALS, "tokens", tokens)
            await pipeline.execute()

    async def read(self) -> Given:
        """The counters as they are."""
        jobs_done, tokens = await self._redis.hmget(keys.TOTALS, "jobsDone", "tokens")
        return Given(int(jobs_done or 0), int(tokens or 0))
