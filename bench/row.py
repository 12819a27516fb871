"""One line of the results: what was measured, its floor, its peer, and what was aimed at."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Goal:
    """What ours should be: at most or at least so much, or so many times the floor or peer."""

    most: float | None = None
    least: float | None = None
    of_floor: float | None = None
    of_peer: float | None = None

    def __str__(self) -> str:
        words = (
            ("at most", self.most, ""),
            ("at least", self.least, ""),
            ("at most", self.of_floor, "× the floor"),
            ("at most", self.of_peer, "× the peer"),
        )
        said = (f"{word} {_plain(limit)} {of}" for word, limit, of in words if limit is not None)
        return "; ".join(each.strip() for each in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Figures of each round, taken in turns. A named peer without figures was not to be had."""

    name: str
    unit: str
    ours: Sequence[float]
    floor: Sequence[float] = ()
    peer: Sequence[float] = ()
    peer_name: str = ""
    goal: Goal = Goal()

    @property
    def of_floor(self) -> float | None:
        """Ours by the floor; None without one."""
        return _ratio(self.ours, self.floor)

    @property
    def of_peer(self) -> float | None:
        """Ours by the peer; None without one."""
        return _ratio(self.ours, self.peer)

    @property
    def is_met(self) -> bool | None:
        """Whether all of the goal is met; None when a part cannot be told, or there is none."""
        ours, goal = statistics.median(self.ours), self.goal
        least = -ours, None if goal.least is None else -goal.least
        pairs = (
            (ours, goal.most),
            least,
            (self.of_floor, goal.of_floor),
            (self.of_peer, goal.of_peer),
        )
        parts = [(is_, limit) for is_, limit in pairs if limit is not None]
        if any(is_ is not None and is_ > limit for is_, limit in parts):
            return False
        is_known = parts and all(is_ is not None for is_, _ in parts)
        return True if is_known else None


def _ratio(ours: Sequence[float], other: Sequence[float]) -> float | None:
    return statistics.median(ours) / statistics.median(other) if other else None


def _plain(limit: float) -> str:
    """A small share reads better as a fraction."""
    fraction = Fraction(limit).limit_denominator(10)
    return str(fraction) if fraction.numerator == 1 and limit < 1 else f"{limit:g}"
