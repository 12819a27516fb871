"""How long to wait before trying again: longer each time, never in step with others."""

from ashao_worker.core.environment import Environment


class Backoff:
    """Delays that double, from `initial_s` to `max_s`, each cut by up to half at random."""

    def __init__(
        self, environment: Environment, initial_s: float = 0.25, max_s: float = 10
    ) -> None:
        self._environment = environment
        self._initial_s = initial_s
        self._max_s = max_s
        self._next_s = initial_s

    async def wait(self, at_least_s: float | None = None) -> None:
        """Pause, for at least as long as the server asked."""
        delay_s = self._next_s * (1 - self._environment.jitter() / 2)
        self._next_s = min(self._next_s * 2, self._max_s)
        if at_least_s is not None and at_least_s > delay_s:
            delay_s = at_least_s * (1 + self._environment.jitter() / 4)
        await self._environment.sleep(delay_s)

    def reset(self) -> None:
        """All is well: the next delay is a short one."""
        self._next_s = self._initial_s
