"""Double entry: every movement of credits is one transfer, written within a transaction.

Locks are taken in one order, a job's transfer first and then the books by name, so that
transactions wait for each other and never in a circle.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ashao.errors import InsufficientCredits
from ashao.people.ledger_tables import Book, Entry, Kind, Transfer
from ashao.store.database import add_once
from ashao.store.secrets import new_id

POOL = "community-pool"  # pays for anonymous messages
GRANTS = "grants"  # where new credits come from; below zero by what was given
HELD = "held"  # charges of jobs that have not ended
NETWORK = "network"  # what nobody else gets of a message's price
DONATED = "donated"  # what workers earned whose people did not sign in
# Every database has these from the start; they alone may be below zero.
COMMON = (POOL, DONATED, GRANTS, HELD, NETWORK)


def of_account(account_id: str) -> str:
    """The name of an account's book, which is also its owner id."""
    return f"account:{account_id}"


async def begin(session: AsyncSession, kind: Kind, reference: str, at: datetime) -> Transfer | None:
    """A new transfer, or None when there is one of this kind for this reference."""
    transfer = Transfer(kind=kind, reference=reference, at=at)
    return transfer if await add_once(session, transfer) else None


async def open_book(session: AsyncSession, account_id: str) -> bool:
    """An empty book for an account; False when it has one."""
    return await add_once(session, Book(name=of_account(account_id), balance=0))


async def close_book(session: AsyncSession, account_id: str) -> None:
    """Take the account's name off its book: nothing leads from one to the other any more."""
    await session.execute(
        update(Book).where(Book.name == of_account(account_id)).values(name=f"closed:{new_id()}")
    )


async def post(session: AsyncSession, transfer: Transfer, credits: Mapping[str, int]) -> None:
    """Write a transfer's entries; they must add up to nothing.

    An account's book never goes below zero: raises InsufficientCredits, and the caller's
    transaction must be rolled back. What a book that was closed meanwhile would gain is donated.
    """
    assert sum(credits.values()) == 0
    for name in sorted(name for name, amount in credits.items() if amount):
        amount = credits[name]
        book_id = await _move(session, name, amount)
        if book_id is None and amount > 0:
            book_id = await _move(session, DONATED, amount)
        if book_id is None:
            raise InsufficientCredits("There are not enough credits for this message.")
        session.add(Entry(transfer_id=transfer.id, book_id=book_id, credits=amount))
    await session.flush()


async def entries_of(session: AsyncSession, transfer: Transfer) -> dict[str, int]:
    """A transfer's credits by the names that its books have now."""
    found = await session.execute(
        select(Book.name, Entry.credits)
        .join(Entry, Entry.book_id == Book.id)
        .where(Entry.transfer_id == transfer.id)
    )
    return dict(found.all())


async def _move(session: AsyncSession, name: str, amount: int) -> int | None:
    """Change a balance; the book's id, or None when there is no such book or too little in it."""
    moved = update(Book).where(Book.name == name).values(balance=Book.balance + amount)
    if amount < 0 and name not in COMMON:
        moved = moved.where(Book.balance + amount >= 0)
    book_id: int | None = await session.scalar(
        moved.returning(Book.id).execution_options(synchronize_session=False)
    )
    return book_id
