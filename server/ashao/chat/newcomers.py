"""Visitors without a session: by nothing but their address can one tell that they were here before.

So the answers that they wait for count by address, and a repeat is known by it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ashao.identity.owners import OwnerId, visitors_at
from ashao.jobs.job import JobId
from ashao.jobs.read import get_job

if TYPE_CHECKING:
    from ashao.chat.quota import JobQuota, Place
    from ashao.jobs.store import JobStore


class Newcomers:
    """The jobs of such visitors, by address; they count as one visitor's."""

    def __init__(self, jobs: "JobStore", quota: "JobQuota") -> None:
        self._jobs = jobs
        self._quota = quota

    @asynccontextmanager
    async def admit(self, address: str | None, job_id: JobId) -> AsyncGenerator["Place | None"]:
        """A place for one more job from an address; None for None: whoever sends has a session.

        Raises TooMany.
        """
        if address is None:
            yield None
            return
        owner = visitors_at(address)
        if not await self._quota.has_room(owner):
            await self._forget_ended(owner)
        async with self._quota.admit(owner, job_id) as place:
            yield place

    async def _forget_ended(self, owner: OwnerId) -> None:
        """A job's settlement knows who asked, and not from where: so it is looked at here."""
        queued = [JobId(each) for each in await self._quota.queued_jobs_of(owner)]
        have_ended = await asyncio.gather(*(self._has_ended(each) for each in queued))
        for job_id, has_ended in zip(queued, have_ended, strict=True):
            if has_ended:
                await self._quota.release(owner, job_id)

    async def _has_ended(self, job_id: JobId) -> bool:
        job = await get_job(self._jobs, job_id)
        return job is None or job.has_ended
