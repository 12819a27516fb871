"""What the books say: an account's lines, as a list or as CSV, and the network's totals."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ashao.identity.owners import AccountId, of_account
from ashao.ledger.double_entry import COMMON, DONATED, GRANTS, HELD, NETWORK, POOL
from ashao.ledger.tables import Book, Entry, Kind, Transfer
from ashao.store.database import Database

LISTED = 200
HEADER = ("at", "kind", "job", "credits")
JOB_KINDS = frozenset({Kind.CHARGE, Kind.SETTLE, Kind.REFUND})


@dataclass(frozen=True, slots=True)
class Line:
    """One movement; `credits` is negative for what was spent. `job_id` is None for grants."""

    id: int
    at: datetime
    kind: Kind
    job_id: str | None
    credits: int


@dataclass(frozen=True, slots=True)
class NetworkCredits:
    """Whose the credits are, in sum: `in_accounts + held + kept + donated = granted + from_pool`.

    `held` is for jobs that have not ended, `kept` the network's part of prices, `donated` what
    workers earned whose people did not sign in, `from_pool` what was paid for anonymous messages.
    """

    granted: int
    from_pool: int
    in_accounts: int
    held: int
    kept: int
    donated: int


class Statement:
    """Reads the books."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lines(self, account_id: AccountId, before: int | None = None) -> Sequence[Line]:
        """The account's movements, the latest first, up to 200; `before` is a line's id."""
        return await self._lines(account_id, before, LISTED)

    async def csv(self, account_id: AccountId) -> str:
        """All of the account's movements, the latest first, with a header."""
        return _csv(await self._lines(account_id, None, None))

    async def totals(self) -> NetworkCredits:
        """The sums over all books."""
        async with self._database.reading() as session:
            found = await session.execute(
                select(Book.name, Book.balance).where(Book.name.in_(COMMON))
            )
            common = dict(found.all())
            everything = await session.scalar(select(func.sum(Book.balance)))
        return NetworkCredits(
            granted=-common[GRANTS],
            from_pool=-common[POOL],
            in_accounts=int(everything or 0) - sum(common.values()),
            held=common[HELD],
            kept=common[NETWORK],
            donated=common[DONATED],
        )

    async def _lines(
        self, account_id: AccountId, before: int | None, limit: int | None
    ) -> Sequence[Line]:
        wanted = (
            select(Entry.id, Transfer.at, Transfer.kind, Transfer.reference, Entry.credits)
            .join(Transfer, Entry.transfer_id == Transfer.id)
            .join(Book, Entry.book_id == Book.id)
            .where(Book.name == of_account(account_id))
            .order_by(Entry.id.desc())
            .limit(limit)
        )
        if before is not None:
            wanted = wanted.where(Entry.id < before)
        async with self._database.reading() as session:
            found = await session.execute(wanted)
            return [
                Line(id, at, Kind(kind), reference if kind in JOB_KINDS else None, credits)
                for id, at, kind, reference, credits in found
            ]


def _csv(lines: Iterable[Line]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(
        (line.at.isoformat(), line.kind, line.job_id or "", line.credits) for line in lines
    )
    return text.getvalue()
