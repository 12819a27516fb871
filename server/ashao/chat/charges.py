"""What a message costs is taken before its job is queued, and given back if it never is.

The sweeper hears of an id before its charge is taken, so no crash in between keeps the credits.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ashao.errors import Refused
from ashao.jobs import deadlines
from ashao.jobs.enqueue import announce, refuse
from ashao.jobs.job import JobId, Tier

if TYPE_CHECKING:
    from ashao.jobs.scripts import JobStore
    from ashao.people.ledger import Ledger


class Charges:
    """Takes the price of messages."""

    def __init__(self, jobs: "JobStore", ledger: "Ledger") -> None:
        self._jobs = jobs
        self._ledger = ledger

    @asynccontextmanager
    async def taking(self, owner_id: str, job_id: JobId, tier: Tier) -> AsyncGenerator[int]:
        """Charge for a job that is queued in here; the credits taken.

        The same job again costs nothing more, and one that is refused in here costs nothing.
        Raises InsufficientCredits, Conflict for a job that was given back, StoreUnavailable.
        """
        charge = await self._take(owner_id, job_id, tier)
        try:
            yield charge
        except Refused:
            await self.give_back(job_id)
            raise

    async def is_settled(self, job_id: JobId) -> bool:
        """Whether the job's answer was paid for: it may be gone, and must not come again."""
        return await self._ledger.is_settled(job_id)

    async def give_back(self, job_id: JobId) -> None:
        """Pay back what was taken for a job that was never queued, and let it be so for ever.

        Nothing happens to a job that was. Raises StoreUnavailable.
        """
        if await refuse(self._jobs, job_id):
            await self._ledger.refund(job_id)
            await deadlines.forget(self._jobs, job_id)

    async def _take(self, owner_id: str, job_id: JobId, tier: Tier) -> int:
        await announce(self._jobs, job_id)
        try:
            return await self._ledger.charge(owner_id, job_id, tier)
        except Refused:
            await deadlines.forget(self._jobs, job_id)  # nothing was taken
            raise
