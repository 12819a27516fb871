"""What a worker gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field

EXPECTED_SLOTS = {"browser": 1, "native": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """What is given: `kind` is browser or native; at most 64 jobs at a time.

    `is_spare`: it takes only what no other worker is free for. `account_key` is a secret, the key
    of the account that earns where no page's cookie tells.
    """

    kind: str
    tiers: Sequence[str]
    concurrency: int = 1
    is_spare: bool = False
    account_key: str | None = field(default=None, repr=False)

    @property
    def slots(self) -> int | None:
        """The concurrency, where it is more than servers expect of this kind of worker."""
        return self.concurrency if self.concurrency > EXPECTED_SLOTS[self.kind] else None
