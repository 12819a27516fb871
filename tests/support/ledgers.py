"""Looks into the books that only tests need: everything in them must add up, always."""

from sqlalchemy import func, select

from ashao.people.ledger_tables import Book, Entry, Transfer
from ashao.store.database import Database


async def unbalanced(database: Database) -> list[str]:
    """What does not add up: transfers whose sum is not zero, and books that lie."""
    async with database.session() as session:
        transfers = await session.execute(
            select(Transfer.kind, Transfer.reference, func.sum(Entry.credits))
            .join(Entry, Entry.transfer_id == Transfer.id)
            .group_by(Transfer.id)
            .having(func.sum(Entry.credits) != 0)
        )
        books = await session.execute(
            select(Book.name, Book.balance, func.coalesce(func.sum(Entry.credits), 0))
            .outerjoin(Entry, Entry.book_id == Book.id)
            .group_by(Book.id)
            .having(Book.balance != func.coalesce(func.sum(Entry.credits), 0))
        )
        return [str(tuple(row)) for row in [*transfers, *books]]


async def balances(database: Database) -> dict[str, int]:
    """Every book that holds or owes something."""
    async with database.session() as session:
        found = await session.execute(select(Book.name, Book.balance).where(Book.balance != 0))
        return dict(found.tuples().all())
