"""How often one worker or owner may ask for what is asked for often: the table, and the counting.

Counted in each process and in its memory, by token buckets: a piece of an answer must not cost a
question to the store. What must hold for all processes together is in store/rate_limit.py. A
refusal comes before anything was done, so whoever was refused sends the same again.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from ashao.errors import TooMany

MAX_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second after that."""

    what: str
    per_second: float
    burst: int


RATES = {
    # For each slot of a worker: it writes at most 200 tokens a second, each in a post of its own,
    # and after an outage it sends what it kept.
    "token": Rate("pieces of answers", 400, 4_000),
    "claim": Rate("claims", 20, 200),
    # For each worker.
    "heartbeat": Rate("heartbeats", 10, 100),
    # For each account or visitor.
    "stream": Rate("streams opened", 20, 400),
    "search": Rate("searches", 5, 60),
    "export": Rate("exports", 1 / 30, 10),
}


class Rates:
    """A token bucket for each kind and caller; one that is full again need not be kept."""

    def __init__(
        self, table: Mapping[str, Rate] = RATES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._table = table
        self._clock = clock
        self._full_at: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, kind: str, who: str, times: int = 1) -> None:
        """One more of a kind, for whoever has so many `times` the rate. Raises TooMany."""
        rate = self._table[kind]
        now = self._clock()
        interval_s = 1 / (rate.per_second * times)
        full_at = max(now, self._full_at.get((kind, who), now)) + interval_s
        wait_s = full_at - now - rate.burst * times * interval_s
        if wait_s > interval_s / 2:  # half of one is rounding
            seconds = ceil(wait_s)
            raise TooMany(f"Too many {rate.what}. Please wait {seconds} s.", seconds)
        if len(self._full_at) >= MAX_BUCKETS:
            self._forget_full_ones(now)
        self._full_at[kind, who] = full_at

    def _forget_full_ones(self, now: float) -> None:
        """Of all that are kept; when none is full, whoever waited longest begins anew."""
        kept = {key: at for key, at in self._full_at.items() if at > now}
        if len(kept) >= MAX_BUCKETS:
            kept = dict(sorted(kept.items(), key=lambda each: each[1])[MAX_BUCKETS // 2 :])
        self._full_at = kept
