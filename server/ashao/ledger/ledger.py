"""Credits: charged when a message is sent, paid or given back when its job has ended.

Everything is by job id and at most once: repeating a call, after any crash and from any process,
changes nothing. A job ends in the books either settled or refunded, never both; a job that was
refunded cannot be charged any more. It knows nothing of what was asked or answered.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ashao.clock import Clock, SystemClock
from ashao.identity.owners import AccountId, OwnerId, of_account
from ashao.ledger import double_entry
from ashao.ledger.double_entry import GRANTS
from ashao.ledger.job_transfers import SETTLED, JobTransfers
from ashao.ledger.prices import Outcome, Prices, Share
from ashao.ledger.tables import Book, Kind, Transfer
from ashao.store.database import Database
from ashao.store.secrets import new_id

LOOK_BACK = timedelta(days=7)  # how far back lost charges are looked for


class Ledger:
    """The books of everybody."""

    def __init__(
        self, database: Database, prices: Prices | None = None, clock: Clock | None = None
    ) -> None:
        self._database = database
        self.prices = prices or Prices()
        self._clock = clock or SystemClock()
        self.jobs = JobTransfers(self.prices, self._clock)

    async def open_account(self, session: AsyncSession, account_id: AccountId) -> bool:
        """An account's book with what newcomers get, in the caller's transaction; False when it is
        open."""

        def open_(connection: Connection) -> bool:
            if not double_entry.open_book(connection, account_id):
                return False
            sign_up = self.prices.sign_up
            return self._grant(connection, Kind.SIGN_UP, account_id, sign_up, new_id())

        return await (await session.connection()).run_sync(open_)

    async def grant(self, account_id: AccountId, credits: int, reference: str) -> bool:
        """Give credits, or take them when negative; False when this reference was used.

        Raises InsufficientCredits when there are fewer to take.
        """
        return await self._database.write(
            lambda connection: self._grant(connection, Kind.GRANT, account_id, credits, reference)
        )

    async def charge(self, owner_id: OwnerId, job_id: str, tier: str) -> int:
        """`JobTransfers.charge` as a transaction of its own."""
        return await self._database.write(
            lambda connection: self.jobs.charge(connection, owner_id, job_id, tier)
        )

    async def settle(
        self, job_id: str, outcome: Outcome, shares: Sequence[Share], asker: OwnerId | None = None
    ) -> bool:
        """`JobTransfers.settle` as a transaction of its own."""
        return await self._database.write(
            lambda connection: self.jobs.settle(connection, job_id, outcome, shares, asker)
        )

    async def refund(self, job_id: str) -> bool:
        """`JobTransfers.refund` as a transaction of its own."""
        return await self._database.write(lambda connection: self.jobs.refund(connection, job_id))

    async def is_settled(self, job_id: str) -> bool:
        """Whether the workers of this job were paid."""
        async with self._database.reading() as session:
            return await session.scalar(SETTLED, {"job": job_id}) is not None

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
            Transfer.at > now - LOOK_BACK,
            Transfer.at <= now - timedelta(minutes=minutes),
            ~has_ended,
        )
        async with self._database.reading() as session:
            return (await session.scalars(wanted)).all()

    async def balance(self, owner_id: OwnerId) -> int:
        """The owner's credits; none for anybody who has no account."""
        async with self._database.reading() as session:
            found = await session.scalar(select(Book.balance).where(Book.name == owner_id))
        return found or 0

    def _grant(
        self,
        connection: Connection,
        kind: Kind,
        account_id: AccountId,
        credits: int,
        reference: str,
    ) -> bool:
        transfer = double_entry.begin_transfer(connection, kind, reference, self._now())
        if transfer is None:
            return False
        book = of_account(account_id)
        double_entry.post(connection, transfer, {GRANTS: -credits, book: credits})
        return True

    def _now(self) -> datetime:
        return double_entry.moment(self._clock)
