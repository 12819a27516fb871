"""How many requests a provider may be sent within any hour; the operator sets it."""

from collections import deque

from ashao.clock import Clock

HOUR_MS = 3_600_000


class RequestBudget:
    """A sliding hour; `per_hour` of None is no limit."""

    def __init__(self, per_hour: int | None, clock: Clock) -> None:
        self._per_hour = per_hour
        self._clock = clock
        self._spent_at_ms: deque[int] = deque()

    def has_remaining(self) -> bool:
        """Whether one more request fits into the last hour."""
        while self._spent_at_ms and self._spent_at_ms[0] <= self._clock.now_ms() - HOUR_MS:
            self._spent_at_ms.popleft()
        return self._per_hour is None or len(self._spent_at_ms) < self._per_hour

    def wait_ms(self) -> int:
        """How long until one more request fits."""
        if self.has_remaining():
            return 0
        at_ms = self._spent_at_ms[0] if self._spent_at_ms else self._clock.now_ms()
        return at_ms + HOUR_MS - self._clock.now_ms()

    def spend(self) -> None:
        """Count one request."""
        if self._per_hour is not None:
            self._spent_at_ms.append(self._clock.now_ms())
