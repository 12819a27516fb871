"""What the books must say, worked out in plain integers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ashao.ledger.prices import Outcome, Prices, Share

PRICES = Prices(sign_up=40, pool_hourly_cap=25)


@dataclass
class ModelJob:
    """A job as its payer sees it; `price` is None before any charge came through."""

    id: str
    payer: str
    tier: str
    price: int | None = None
    ended: str | None = None


@dataclass
class ModelBooks:
    """Balances of the accounts, and what the pool has paid."""

    balances: Counter[str] = field(default_factory=Counter)
    from_pool: int = 0

    def can_pay(self, job: ModelJob) -> bool:
        """Whether a first charge goes through (the pool's always does, perhaps for nothing)."""
        return job.payer == "anon" or self.balances[job.payer] >= PRICES.of(job.tier)

    def charge(self, job: ModelJob) -> int:
        """Take the price; what was taken."""
        if job.price is None:
            job.price = PRICES.of(job.tier)
            if job.payer != "anon":
                self.balances[job.payer] -= job.price
            elif self.from_pool + job.price <= PRICES.pool_hourly_cap:
                self.from_pool += job.price
            else:
                job.price = 0
        return job.price

    def refund(self, job: ModelJob) -> None:
        """Give it back."""
        job.ended = "refunded"
        if job.payer == "anon":
            self.from_pool -= job.price or 0
        else:
            self.balances[job.payer] += job.price or 0

    def settle(self, job: ModelJob, outcome: Outcome, shares: Sequence[Share]) -> None:
        """Pay whoever earned it; a single earner's part needs no rule for remainders."""
        if outcome is Outcome.FAILED or sum(share.tokens for share in shares) == 0:
            self.refund(job)
            return
        job.ended = "settled"
        (share,) = (share for share in shares if share.tokens)
        if share.payee not in (None, job.payer) and not share.is_provider:
            self.balances[share.payee] += (job.price or 0) * 70 // 100
