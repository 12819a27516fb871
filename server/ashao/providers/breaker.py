"""A circuit breaker: a provider that keeps failing is left alone, then tried with one request.

closed     every request passes; `LIMIT` failures in a row open it
open       none passes until the rest is over; each rest in a row is twice as long
half-open  one request passes: its success closes, its failure opens again
"""

from ashao.clock import Clock

LIMIT = 3
FIRST_REST_MS = 10_000
LONGEST_REST_MS = 300_000


class Breaker:
    """The health of one provider, as this process saw it.

    `begin` gives the era that an outcome belongs to: what began before the breaker opened says
    nothing when it ends after.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._era = 0
        self._failures = 0
        self._rests = 0
        self._rests_until_ms: int | None = None
        self._is_trying = False

    def allows(self) -> bool:
        """Whether a request may pass now."""
        if self._rests_until_ms is None:
            return True
        return not self._is_trying and self._clock.now_ms() >= self._rests_until_ms

    def begin(self) -> int:
        """A request passes; when half-open, no other one does before its outcome."""
        self._is_trying = self._rests_until_ms is not None
        return self._era

    def abandon(self, era: int) -> None:
        """A request ended without telling anything about the provider's health."""
        if era == self._era:
            self._is_trying = False

    def succeed(self, era: int) -> None:
        """A request was answered: all is well again."""
        if era == self._era:
            self._failures = self._rests = 0
            self._rests_until_ms = None
            self._is_trying = False

    def fail(self, era: int, rest_ms: int | None = None) -> None:
        """A request failed; `rest_ms` is what the provider asked for, and opens at once."""
        if era != self._era:
            return
        self._failures += 1
        if rest_ms is not None or self._is_trying or self._failures >= LIMIT:
            self._open(rest_ms)

    def _open(self, rest_ms: int | None) -> None:
        if rest_ms is None:
            rest_ms = FIRST_REST_MS * 2**self._rests
        self._rests_until_ms = self._clock.now_ms() + min(rest_ms, LONGEST_REST_MS)
        self._rests = min(self._rests + 1, 16)
        self._era += 1
        self._is_trying = False
