"""A job's transfers, each within its caller's transaction: the charge, then the settlement or the
refund.

All of it is by job id and at most once. It knows nothing of what was asked or answered.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, or_, select

from ashao.clock import Clock
from ashao.errors import Conflict
from ashao.identity.owners import OwnerId, account_id_of
from ashao.ledger import double_entry
from ashao.ledger.double_entry import DONATED, HELD, NETWORK, POOL
from ashao.ledger.prices import Outcome, Prices, Share, split
from ashao.ledger.tables import Book, Entry, Kind, Transfer, TransferId

POOL_WINDOW = timedelta(hours=1)
# What a book spent since a moment. Entries are numbered in time, so that it is found where the
# window's first one stands: what was spent before costs nothing.
_FIRST = (
    select(Transfer.id)
    .where(Transfer.at > bindparam("since"))
    .order_by(Transfer.at)
    .limit(1)
    .scalar_subquery()
)
_SPENT = select(func.sum(-Entry.credits)).where(
    Entry.book_id == bindparam("book"),
    Entry.id >= select(func.min(Entry.id)).where(Entry.transfer_id == _FIRST).scalar_subquery(),
)
_OF_JOB = select(Transfer.id).where(Transfer.reference == bindparam("job"))
_CHARGE = _OF_JOB.where(Transfer.kind == Kind.CHARGE).with_for_update()
SETTLED = _OF_JOB.where(Transfer.kind == Kind.SETTLE)
_REFUNDED = _OF_JOB.where(Transfer.kind == Kind.REFUND)
_ENDED = _OF_JOB.where(or_(Transfer.kind == Kind.SETTLE, Transfer.kind == Kind.REFUND))
_POOL = select(Book.id).where(Book.name == POOL).with_for_update()


class JobTransfers:
    """Writes them; `Ledger` says what they mean."""

    def __init__(self, prices: Prices, clock: Clock) -> None:
        self._prices = prices
        self._clock = clock

    def charge(self, connection: Connection, owner_id: OwnerId, job_id: str, tier: str) -> int:
        """Take a message's price before its job is queued; the credits taken.

        An account pays itself; the community pool pays for everybody else, or nobody does once
        it has paid its hour's worth. Raises InsufficientCredits, and Conflict when the job was
        refunded.
        """
        transfer = double_entry.begin_transfer(connection, Kind.CHARGE, job_id, self._now())
        if transfer is None:
            return _charged(connection, job_id)
        price = self._prices.of(tier)
        payer = POOL if account_id_of(owner_id) is None else owner_id
        if payer == POOL and price > self._pool_remaining(connection):
            return 0
        double_entry.post(connection, transfer, {payer: -price, HELD: price})
        return price

    def settle(
        self,
        connection: Connection,
        job_id: str,
        outcome: Outcome,
        shares: Sequence[Share],
        asker: OwnerId | None = None,
    ) -> bool:
        """Pay the workers of an ended job, or refund it; False when that was done before.

        Refunded is what failed, and what ended before its first token. Otherwise the workers'
        part of the price is split by tokens over all who wrote; the parts of providers, and of
        workers of whoever pays or is the `asker`, stay with the network.
        """
        if outcome is Outcome.FAILED or not any(share.tokens for share in shares):
            return self.refund(connection, job_id)
        ending = self._end(connection, Kind.SETTLE, job_id)
        if ending is None:
            return False
        transfer, charged = ending
        double_entry.post(connection, transfer, self._paid(charged, shares, asker))
        return True

    def refund(self, connection: Connection, job_id: str) -> bool:
        """Give the price back to whoever paid it; False when the job is settled or refunded.

        Call it also for a job that could not be queued: it cannot be charged afterwards.
        """
        ending = self._end(connection, Kind.REFUND, job_id)
        if ending is None:
            return False
        transfer, charged = ending
        double_entry.post(connection, transfer, {name: -each for name, each in charged.items()})
        return True

    def _end(
        self, connection: Connection, kind: Kind, job_id: str
    ) -> tuple[TransferId, dict[str, int]] | None:
        """The transfer that ends a job and what it was charged, or None when it has ended.

        The charge is what two endings at once wait for; without one, an empty one is written
        that a late charge finds.
        """
        charge: TransferId | None = connection.scalar(_CHARGE, {"job": job_id})
        if charge is None:
            charge = double_entry.begin_transfer(connection, Kind.CHARGE, job_id, self._now())
        if charge is None:  # it came in between
            charge = _locked_charge(connection, job_id)
        if connection.scalar(_ENDED, {"job": job_id}) is not None:
            return None
        transfer = double_entry.begin_transfer(connection, kind, job_id, self._now())
        if transfer is None:
            return None
        return transfer, double_entry.entries_of(connection, charge)

    def _paid(
        self, charged: dict[str, int], shares: Sequence[Share], asker: OwnerId | None
    ) -> dict[str, int]:
        """Where the held price of a job goes."""
        price = charged.get(HELD, 0)
        paid = {HELD: -price, NETWORK: price}
        for_workers = price * self._prices.worker_share_percent // 100
        parts = split(for_workers, [share.tokens for share in shares])
        for share, part in zip(shares, parts, strict=True):
            if share.is_provider or share.payee in charged:
                continue
            if share.payee is not None and share.payee == asker:
                continue  # the pool paid for it, as it was asked before a sign-in
            is_account = share.payee is not None and account_id_of(share.payee) is not None
            book = share.payee if share.payee is not None and is_account else DONATED
            paid[book] = paid.get(book, 0) + part
            paid[NETWORK] -= part
        return paid

    def _pool_remaining(self, connection: Connection) -> int:
        """What the pool may still pay this hour; holds its book, so that charges take turns."""
        pool_id = connection.scalar(_POOL)
        spent = connection.scalar(_SPENT, {"book": pool_id, "since": self._now() - POOL_WINDOW})
        return self._prices.pool_hourly_cap - int(spent or 0)

    def _now(self) -> datetime:
        return double_entry.moment(self._clock)


def _charged(connection: Connection, job_id: str) -> int:
    charge = _locked_charge(connection, job_id)
    if connection.scalar(_REFUNDED, {"job": job_id}) is not None:
        raise Conflict("This message was not accepted. Please send it again.")
    return double_entry.entries_of(connection, charge).get(HELD, 0)


def _locked_charge(connection: Connection, job_id: str) -> TransferId:
    return connection.scalars(_CHARGE, {"job": job_id}).one()
