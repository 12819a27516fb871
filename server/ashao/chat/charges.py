"""What a message costs is taken before its job is queued, and given back if it never is.

The sweeper hears of an id before its charge is taken, so no crash in between keeps the credits.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ashao.errors import InsufficientCredits, Refused
from ashao.identity.owners import OwnerId
from ashao.jobs import deadlines
from ashao.jobs.enqueue import announce, tombstone
from ashao.jobs.job import JobId, Tier

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ashao.jobs.store import JobStore
    from ashao.ledger.ledger import Ledger
    from ashao.store.database import Database
    from ashao.store.group_writer import Work


def nothing(_: "Connection") -> None:
    """The other work of those who have none."""


class Charges:
    """Takes the price of messages."""

    def __init__(self, jobs: "JobStore", database: "Database", ledger: "Ledger") -> None:
        self._jobs = jobs
        self._database = database
        self._ledger = ledger

    @asynccontextmanager
    async def charged[T](
        self, owner_id: OwnerId, job_id: JobId, tier: Tier, also: "Work[T]"
    ) -> AsyncGenerator[tuple[int, T]]:
        """Charge for a job that is queued in here, and do some other work in that transaction;
        the credits taken, and what the work gave.

        The same job again costs nothing more, and one that is refused in here costs nothing.
        Raises InsufficientCredits, Conflict for a job that was given back, what the work raises,
        StoreUnavailable.
        """
        charge = await self._charge(owner_id, job_id, tier, also)
        try:
            yield charge
        except Refused:
            await self.refund(job_id)
            raise

    async def is_settled(self, job_id: JobId) -> bool:
        """Whether the job's answer was paid for: it may be gone, and must not come again."""
        return await self._ledger.is_settled(job_id)

    async def refund(self, job_id: JobId) -> None:
        """Pay back what was taken for a job that was never queued, and let it be so for ever.

        Nothing happens to a job that was. Raises StoreUnavailable.
        """
        if await tombstone(self._jobs, job_id):
            await self._ledger.refund(job_id)
            await deadlines.unschedule(self._jobs, job_id)

    async def _charge[T](
        self, owner_id: OwnerId, job_id: JobId, tier: Tier, also: "Work[T]"
    ) -> tuple[int, T]:
        await announce(self._jobs, job_id)
        try:
            return await self._database.write(
                lambda connection: (
                    self._ledger.jobs.charge(connection, owner_id, job_id, tier),
                    also(connection),
                )
            )
        except InsufficientCredits:
            await deadlines.unschedule(self._jobs, job_id)  # nothing was taken
            raise
        except Refused:
            await self.refund(job_id)  # of an earlier try, that was cut short
            raise
