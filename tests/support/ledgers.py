"""Looks into the books that only tests need: everything in them must add up, always."""

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from ashao.identity.owners import AccountId, of_account
from ashao.ledger.double_entry import COMMON
from ashao.ledger.ledger import Ledger
from ashao.ledger.tables import Book, Entry, Kind, Transfer
from ashao.store.database import Database

ANN, BOB, CLEO = (of_account(AccountId(name)) for name in ("ann", "bob", "cleo"))


async def open_account(ledger: Ledger, database: Database, name: str) -> bool:
    """An account's book with what newcomers get, as a sign-up opens it."""
    async with database.session() as session, session.begin():
        return await ledger.open_account(session, AccountId(name))


class ManualClock:
    """Moves when told to."""

    def __init__(self) -> None:
        self.at_ms = 1_800_000_000_000

    def now_ms(self) -> int:
        """The moment that was set."""
        return self.at_ms

    async def sleep(self, seconds: float) -> None:
        """Nobody waits here."""
        raise AssertionError("the ledger does not wait")


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
        return dict(found.all())


async def endings(database: Database) -> dict[str, list[str]]:
    """How each job that was charged ended in the books: settled, refunded, or not yet."""
    async with database.session() as session:
        found = await session.execute(
            select(Transfer.reference, Transfer.kind).where(
                Transfer.kind.in_((Kind.CHARGE, Kind.SETTLE, Kind.REFUND))
            )
        )
        ended: dict[str, list[str]] = {}
        for reference, kind in found:
            ended.setdefault(reference, []).extend([kind] if kind != Kind.CHARGE else [])
        return ended


async def empty_books(database: Database) -> None:
    """Back to the first day, past the guards that keep the ledger's lines for ever."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    async with database.session() as session, session.begin():
        if is_sqlite:
            await _sweep_sqlite(session)
        else:
            await session.execute(text("TRUNCATE entry, transfer"))
        await session.execute(delete(Book).where(Book.name.not_in(COMMON)))
        await session.execute(update(Book).values(balance=0))


async def _sweep_sqlite(session: AsyncSession) -> None:
    guards = await session.execute(text("SELECT name, sql FROM sqlite_master WHERE type='trigger'"))
    kept = guards.all()
    for name, _ in kept:
        await session.execute(text(f"DROP TRIGGER {name}"))
    for table in ("entry", "transfer"):
        await session.execute(text(f"DELETE FROM {table}"))
    for _, sql in kept:
        await session.execute(text(sql))
