"""A circuit breaker: a provider that keeps failing is left alone, then tried with one request.

closed     every request passes; `FAILURE_THRESHOLD` failures in a row open it
open       none passes until the cooldown is over; each cooldown in a row is twice as long
half-open  one request passes: its success closes, its failure opens again
"""

from ashao.clock import Clock

FAILURE_THRESHOLD = 3
INITIAL_COOLDOWN_MS = 10_000
MAX_COOLDOWN_MS = 300_000


class CircuitBreaker:
    """The health of one provider, as this process saw it.

    `record_start` gives the generation that an outcome belongs to: what began before the breaker
    opened says nothing when it ends after.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._generation = 0
        self._failures = 0
        self._cooldowns = 0
        self._open_until_ms: int | None = None
        self._is_probing = False

    def allows_request(self) -> bool:
        """Whether a request may pass now."""
        if self._open_until_ms is None:
            return True
        return not self._is_probing and self._clock.now_ms() >= self._open_until_ms

    def wait_ms(self) -> int:
        """How long until a request may pass; 0 when that is now, or hangs on the one that does."""
        if self._open_until_ms is None:
            return 0
        return max(0, self._open_until_ms - self._clock.now_ms())

    def record_start(self) -> int:
        """A request passes; when half-open, no other one does before its outcome."""
        self._is_probing = self._open_until_ms is not None
        return self._generation

    def record_abandoned(self, generation: int) -> None:
        """A request ended without telling anything about the provider's health."""
        if generation == self._generation:
            self._is_probing = False

    def record_success(self, generation: int) -> None:
        """A request was answered: all is well again."""
        if generation == self._generation:
            self._failures = self._cooldowns = 0
            self._open_until_ms = None
            self._is_probing = False

    def record_failure(self, generation: int, cooldown_ms: int | None = None) -> None:
        """A request failed; `cooldown_ms` is what the provider asked for, and opens at once."""
        if generation != self._generation:
            return
        self._failures += 1
        if cooldown_ms is not None or self._is_probing or self._failures >= FAILURE_THRESHOLD:
            self._open(cooldown_ms)

    def _open(self, cooldown_ms: int | None) -> None:
        if cooldown_ms is None:
            cooldown_ms = INITIAL_COOLDOWN_MS * 2**self._cooldowns
        self._open_until_ms = self._clock.now_ms() + min(cooldown_ms, MAX_COOLDOWN_MS)
        self._cooldowns = min(self._cooldowns + 1, 16)
        self._generation += 1
        self._is_probing = False
