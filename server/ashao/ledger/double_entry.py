"""Double entry: every movement of credits is one transfer, written within a transaction.

Locks are taken in one order, a job's transfer first and then the books by name, so that
transactions wait for each other and never in a circle.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Connection, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ashao.clock import Clock
from ashao.errors import InsufficientCredits
from ashao.identity.owners import AccountId, of_account
from ashao.ledger.tables import Book, Entry, Kind, Transfer, TransferId
from ashao.store.database import insert_once
from ashao.store.secrets import new_id

POOL = "community-pool"  # pays for anonymous messages
GRANTS = "grants"  # where new credits come from; below zero by what was given
HELD = "held"  # charges of jobs that have not ended
NETWORK = "network"  # what nobody else gets of a message's price
DONATED = "donated"  # what workers earned whose people did not sign in
# Every database has these from the start; they alone may be below zero.
COMMON = (POOL, DONATED, GRANTS, HELD, NETWORK)

# Made once: making a statement takes longer than what SQLite does with it.
_AFTER = Book.balance + bindparam("amount", type_=BigInteger)
_MOVED = (
    update(Book).where(Book.name == bindparam("book")).values(balance=_AFTER).returning(Book.id)
)
_SPENT = _MOVED.where(_AFTER >= 0)
_ADDED = insert(Entry)
_ENTRIES = (
    select(Book.name, Entry.credits)
    .join(Entry, Entry.book_id == Book.id)
    .where(Entry.transfer_id == bindparam("transfer"))
)


def moment(clock: Clock) -> datetime:
    """The time that a transfer is written with."""
    return datetime.fromtimestamp(clock.now_ms() / 1000, UTC)


def begin_transfer(
    connection: Connection, kind: Kind, reference: str, at: datetime
) -> TransferId | None:
    """A new transfer, or None when there is one of this kind for this reference."""
    transfer: TransferId | None
    transfer = insert_once(connection, Transfer, kind=kind, reference=reference, at=at)
    return transfer


def open_book(connection: Connection, account_id: AccountId) -> bool:
    """An empty book for an account; False when it has one."""
    return insert_once(connection, Book, name=of_account(account_id), balance=0) is not None


async def close_book(session: AsyncSession, account_id: AccountId) -> None:
    """Take the account's name off its book: nothing leads from one to the other any more."""
    await session.execute(
        update(Book).where(Book.name == of_account(account_id)).values(name=f"closed:{new_id()}")
    )


def post(connection: Connection, transfer: TransferId, credits: Mapping[str, int]) -> None:
    """Write a transfer's entries; they must add up to nothing.

    An account's book never goes below zero: raises InsufficientCredits, and the caller's
    transaction must be rolled back. What a book that was closed meanwhile would gain is donated.
    """
    assert sum(credits.values()) == 0
    entries = []
    for name in sorted(name for name, amount in credits.items() if amount):
        amount = credits[name]
        book_id = _move(connection, name, amount)
        if book_id is None and amount > 0:
            book_id = _move(connection, DONATED, amount)
        if book_id is None:
            raise InsufficientCredits("There are not enough credits for this message.")
        entries.append({"transfer_id": transfer, "book_id": book_id, "credits": amount})
    if entries:
        connection.execute(_ADDED, entries)


def entries_of(connection: Connection, transfer: TransferId) -> dict[str, int]:
    """A transfer's credits by the names that its books have now."""
    found = connection.execute(_ENTRIES, {"transfer": transfer})
    return {row.name: row.credits for row in found}


def _move(connection: Connection, name: str, amount: int) -> int | None:
    """Change a balance; the book's id, or None when there is no such book or too little in it."""
    moved = _SPENT if amount < 0 and name not in COMMON else _MOVED
    book_id: int | None = connection.scalar(moved, {"book": name, "amount": amount})
    return book_id
