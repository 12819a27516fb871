"""How fast workers are, by what the server saw of their answers; their own word is not asked.

Jobs go to the faster worker, so a boast would draw all of them. A worker counts as no faster than
nearly all of its build, and one that has not answered yet as the middle of them.
"""

import math
import time
from dataclasses import dataclass, field
from statistics import quantiles
from typing import TYPE_CHECKING, cast

from ashao.store import keys
from ashao.workers.worker import MEASURED

if TYPE_CHECKING:
    from ashao.store.redis import Redis
    from ashao.workers.worker import Worker

KEPT = 100  # the latest answers of a build
KEPT_S = 7 * 24 * 3600
KNOWN_FOR_S = 10.0
FEWEST_TOKENS = 16  # fewer say nothing about a speed
SLOWEST_SHARE = 10  # times slower than the middle of its build is no fair pace


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """What the server measured of a worker; the faster comes first, of equals one that is proven.

    `speed` is in steps of twice as fast, `is_proven` is whether its latest answer was whole, and
    `slowest_token_ms` what is fair for its build, None before the build's first answers.
    """

    speed: int
    is_proven: bool
    slowest_token_ms: int | None = field(compare=False)


class Speeds:
    """Tokens per second, by build: the type of worker and the model."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._known: dict[str, tuple[float, tuple[float, float]]] = {}

    async def record(self, worker: "Worker", tokens: int, ms: int) -> None:
        """An answer of so many tokens that a reader sees took so long."""
        if tokens < FEWEST_TOKENS or ms <= 0:
            return
        speed, key = round(tokens * 1000 / ms, 2), keys.speeds(worker.type, worker.model)
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hset(keys.worker(worker.id), MEASURED, speed)
            pipeline.lpush(key, speed)
            pipeline.ltrim(key, 0, KEPT - 1)
            pipeline.expire(key, KEPT_S)
            await pipeline.execute()

    async def standing(self, worker: "Worker") -> Standing:
        """How the worker compares with others, and with its build."""
        build = await self._of_build(worker)
        if build is None:
            return Standing(1, worker.measured_speed is not None, None)
        middle, fastest = build
        speed = middle if worker.measured_speed is None else min(worker.measured_speed, fastest)
        slowest_ms = int(SLOWEST_SHARE * 1000 / middle)
        return Standing(math.frexp(speed)[1], worker.measured_speed is not None, slowest_ms)

    async def _of_build(self, worker: "Worker") -> tuple[float, float] | None:
        """Its median and 95th percentile, looked up now and then; None before its first answers."""
        key = keys.speeds(worker.type, worker.model)
        known_at, known = self._known.get(key, (-math.inf, None))
        if time.monotonic() - known_at > KNOWN_FOR_S:
            found = cast("list[str]", await self._redis.lrange(key, 0, KEPT - 1))
            if not found:  # its first answer is not long in coming
                return None
            known = _middle_and_fastest([float(each) for each in found])
            self._known[key] = (time.monotonic(), known)
        return known


def _middle_and_fastest(speeds: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile. Twice, since a quantile needs two values at least."""
    cuts = quantiles([*speeds, *speeds], n=20, method="inclusive")
    return cuts[9], cuts[18]
