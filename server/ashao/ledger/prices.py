"""What messages cost, what newcomers get, and how a worker's share is split. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ashao.identity.owners import OwnerId


class Outcome(StrEnum):
    """How a job ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """In whole credits.

    `pool_hourly_cap` is how much the community pool pays for anonymous messages in any hour;
    beyond it they are still answered, and nobody earns.
    """

    sign_up: int = 500
    pro: int = 10
    max: int = 15
    worker_share_percent: int = 70
    pool_hourly_cap: int = 5_000

    def of(self, tier: str) -> int:
        """The price of a message in a tier, `pro` or `max`."""
        return {"pro": self.pro, "max": self.max}[tier]


@dataclass(frozen=True, slots=True)
class Share:
    """What one attempt gave to an answer, in tokens.

    `payee` is the owner id behind a worker, or None for one who did not sign in
    and for a provider.
    """

    payee: OwnerId | None
    tokens: int
    is_provider: bool = False


def split(credits: int, weights: Sequence[int]) -> list[int]:
    """Credits by weight, to the credit: what division leaves over goes to the largest remainders.

    All zero when no weight is positive.
    """
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    parts = [credits * weight // total for weight in weights]
    remainders = [credits * weight % total for weight in weights]
    first = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in first[: credits - sum(parts)]:
        parts[i] += 1
    return parts
