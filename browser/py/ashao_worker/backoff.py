"""How long to rest before trying again: longer each time, never in step with others."""

from collections.abc import Awaitable, Callable

from ashao_worker.environment import Environment
from ashao_worker.orchestrator import Unreachable


class Backoff:
    """Rests that double, from `first_s` to `most_s`, each shortened by up to half at random."""

    def __init__(self, environment: Environment, first_s: float = 0.25, most_s: float = 10) -> None:
        self._environment = environment
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    async def rest(self, at_least_s: float | None = None) -> None:
        """Pause, for at least as long as the server asked."""
        length_s = self._next_s * (1 - self._environment.jitter() / 2)
        self._next_s = min(self._next_s * 2, self._most_s)
        if at_least_s is not None and at_least_s > length_s:
            length_s = at_least_s * (1 + self._environment.jitter() / 4)
        await self._environment.sleep(length_s)

    def reset(self) -> None:
        """All is well: the next rest is a short one."""
        self._next_s = self._first_s


async def keep_trying[T](
    environment: Environment, call: Callable[[], Awaitable[T]], for_ms: float
) -> T:
    """Repeat the very same call while the orchestrator is out of reach.

    Raises the last Unreachable once `for_ms` have passed, and everything else at once.
    """
    give_up_at = environment.now_ms() + for_ms
    backoff = Backoff(environment, most_s=2)
    while True:
        try:
            return await call()
        except Unreachable as trouble:
            if environment.now_ms() >= give_up_at:
                raise
            await backoff.rest(trouble.retry_after_s)
