"""Credits: charged when a message is sent, paid or given back when its job has ended.

Everything is by job id and at most once: repeating a call, after any crash and from any process,
changes nothing. A job ends in the books either settled or refunded, never both; a job that was
refunded cannot be charged any more. It knows nothing of what was asked or answered.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ashao.clock import Clock, SystemClock
from ashao.errors import Conflict
from ashao.people import books
from ashao.people.books import DONATED, GRANTS, HELD, NETWORK, POOL
from ashao.people.ledger_tables import Book, Entry, Kind, Transfer
from ashao.people.owners import account_id_of
from ashao.people.prices import Outcome, Prices, Share, split
from ashao.store.database import Database
from ashao.store.secrets import new_id

FORGOTTEN = timedelta(days=7)  # how far back lost charges are looked for


class Ledger:
    """The books of everybody. Owner ids are "account:<id>" or "anon:<id>"."""

    def __init__(
        self, database: Database, prices: Prices | None = None, clock: Clock | None = None
    ) -> None:
        self._database = database
        self.prices = prices or Prices()
        self._clock = clock or SystemClock()

    async def grant_sign_up(self, account_id: str) -> bool:
        """Open an account's book with what newcomers get; False when it was open."""
        async with self._database.session() as session, session.begin():
            return await self.open_account(session, account_id)

    async def open_account(self, session: AsyncSession, account_id: str) -> bool:
        """The same, within the caller's transaction."""
        if not await books.open_book(session, account_id):
            return False
        await self._grant(session, Kind.SIGN_UP, account_id, self.prices.sign_up, new_id())
        return True

    async def grant(self, account_id: str, credits: int, reference: str) -> bool:
        """Give credits, or take them when negative; False when this reference was used.

        Raises InsufficientCredits when there are fewer to take.
        """
        async with self._database.session() as session, session.begin():
            return await self._grant(session, Kind.GRANT, account_id, credits, reference)

    async def charge(self, owner_id: str, job_id: str, tier: str) -> int:
        """Take a message's price before its job is queued; the credits taken.

        An account pays itself; the community pool pays for everybody else, or nobody does once
        it has paid its hour's worth. Raises InsufficientCredits, and Conflict when the job was
        refunded.
        """
        async with self._database.session() as session, session.begin():
            transfer = await books.begin(session, Kind.CHARGE, job_id, self._now())
            if transfer is None:
                return await _charged(session, job_id)
            price = self.prices.of(tier)
            payer = POOL if account_id_of(owner_id) is None else owner_id
            if payer == POOL and price > await self._left_in_pool(session):
                return 0
            await books.post(session, transfer, {payer: -price, HELD: price})
            return price

    async def settle(
        self, job_id: str, outcome: Outcome, shares: Sequence[Share], asker: str | None = None
    ) -> bool:
        """Pay the workers of an ended job, or refund it; False when that was done before.

        Refunded is what failed, and what ended before its first token. Otherwise the workers'
        part of the price is split by tokens over all who wrote; the parts of providers, and of
        workers of whoever pays or is the `asker`, stay with the network.
        """
        if outcome is Outcome.FAILED or not any(share.tokens for share in shares):
            return await self.refund(job_id)
        async with self._database.session() as session, session.begin():
            ending = await self._end(session, Kind.SETTLE, job_id)
            if ending is None:
                return False
            transfer, charged = ending
            await books.post(session, transfer, self._paid(charged, shares, asker))
            return True

    async def refund(self, job_id: str) -> bool:
        """Give the price back to whoever paid it; False when the job is settled or refunded.

        Call it also for a job that could not be queued: it cannot be charged afterwards.
        """
        async with self._database.session() as session, session.begin():
            ending = await self._end(session, Kind.REFUND, job_id)
            if ending is None:
                return False
            transfer, charged = ending
            back = {name: -amount for name, amount in charged.items()}
            await books.post(session, transfer, back)
            return True

    async def is_settled(self, job_id: str) -> bool:
        """Whether the workers of this job were paid."""
        async with self._database.reading() as session:
            return await _has(session, Kind.SETTLE, job_id)

    async def open_charges(self, minutes: int) -> Sequence[str]:
        """Ids of jobs charged so long ago, within a week, that neither were settled nor refunded.

        One that no longer exists was lost on its way into the queue: refund it.
        """
        ending = aliased(Transfer)
        has_ended = exists().where(
            ending.reference == Transfer.reference, ending.kind.in_((Kind.SETTLE, Kind.REFUND))
        )
        now = self._now()
        wanted = select(Transfer.reference).where(
            Transfer.kind == Kind.CHARGE,
            Transfer.at > now - FORGOTTEN,
            Transfer.at <= now - timedelta(minutes=minutes),
            ~has_ended,
        )
        async with self._database.reading() as session:
            return (await session.scalars(wanted)).all()

    async def balance(self, owner_id: str) -> int:
        """The owner's credits; none for anybody who has no account."""
        async with self._database.reading() as session:
            found = await session.scalar(select(Book.balance).where(Book.name == owner_id))
        return found or 0

    async def _grant(
        self, session: AsyncSession, kind: Kind, account_id: str, credits: int, reference: str
    ) -> bool:
        transfer = await books.begin(session, kind, reference, self._now())
        if transfer is None:
            return False
        book = books.of_account(account_id)
        await books.post(session, transfer, {GRANTS: -credits, book: credits})
        return True

    async def _end(
        self, session: AsyncSession, kind: Kind, job_id: str
    ) -> tuple[Transfer, dict[str, int]] | None:
        """The transfer that ends a job and what it was charged, or None when it has ended.

        The charge is what two endings at once wait for; without one, an empty one is written
        that a late charge finds.
        """
        charge = await books.begin(session, Kind.CHARGE, job_id, self._now())
        if charge is None:
            charge = await _locked_charge(session, job_id)
        if await _has(session, Kind.SETTLE, job_id) or await _has(session, Kind.REFUND, job_id):
            return None
        transfer = await books.begin(session, kind, job_id, self._now())
        if transfer is None:
            return None
        return transfer, await books.entries_of(session, charge)

    def _paid(
        self, charged: dict[str, int], shares: Sequence[Share], asker: str | None
    ) -> dict[str, int]:
        """Where the held price of a job goes."""
        price = charged.get(HELD, 0)
        paid = {HELD: -price, NETWORK: price}
        for_workers = price * self.prices.worker_share_percent // 100
        parts = split(for_workers, [share.tokens for share in shares])
        for share, part in zip(shares, parts, strict=True):
            if share.is_provider or share.earner in charged:
                continue
            if share.earner is not None and share.earner == asker:
                continue  # the pool paid for it, as it was asked before a sign-in
            is_account = share.earner is not None and account_id_of(share.earner) is not None
            book = share.earner if share.earner is not None and is_account else DONATED
            paid[book] = paid.get(book, 0) + part
            paid[NETWORK] -= part
        return paid

    async def _left_in_pool(self, session: AsyncSession) -> int:
        """What the pool may still pay this hour; holds its book, so that charges take turns."""
        pool_id = await session.scalar(select(Book.id).where(Book.name == POOL).with_for_update())
        spent = await session.scalar(
            select(func.coalesce(func.sum(-Entry.credits), 0))
            .join(Transfer, Entry.transfer_id == Transfer.id)
            .where(Entry.book_id == pool_id, Transfer.at > self._now() - timedelta(hours=1))
        )
        return self.prices.pool_hourly_cap - int(spent or 0)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)


async def _charged(session: AsyncSession, job_id: str) -> int:
    charge = await _locked_charge(session, job_id)
    if await _has(session, Kind.REFUND, job_id):
        raise Conflict("This message was not accepted. Please send it again.")
    return (await books.entries_of(session, charge)).get(HELD, 0)


async def _locked_charge(session: AsyncSession, job_id: str) -> Transfer:
    found = await session.scalars(
        select(Transfer)
        .where(Transfer.kind == Kind.CHARGE, Transfer.reference == job_id)
        .with_for_update()
    )
    return found.one()


async def _has(session: AsyncSession, kind: Kind, job_id: str) -> bool:
    found = select(Transfer.id).where(Transfer.kind == kind, Transfer.reference == job_id)
    return await session.scalar(found) is not None
