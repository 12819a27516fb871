"""How many requests an hour a provider may get.

It counts in this process only: with N processes, give each its share. It starts at nothing spent.
"""

from collections import deque

from ashao.clock import Clock

HOUR_MS = 3_600_000


class Budget:
    """A sliding hour; `per_hour` of None is no limit."""

    def __init__(self, per_hour: int | None, clock: Clock) -> None:
        self._per_hour = per_hour
        self._clock = clock
        self._spent_at: deque[int] = deque()

    def has_left(self) -> bool:
        """Whether one more request fits into the last hour."""
        while self._spent_at and self._spent_at[0] <= self._clock.now_ms() - HOUR_MS:
            self._spent_at.popleft()
        return self._per_hour is None or len(self._spent_at) < self._per_hour

    def spend(self) -> None:
        """Count one request."""
        if self._per_hour is not None:
            self._spent_at.append(self._clock.now_ms())
