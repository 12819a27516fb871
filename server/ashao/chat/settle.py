"""A job ended: its answer is saved, whoever wrote it is paid, and only then may its text expire.

Idempotent by job id; a settlement that fails is tried again by whichever sweeper comes next.
"""

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ashao.errors import AshaoError
from ashao.jobs.endings import EndCode
from ashao.jobs.job import JobId, JobView, Status
from ashao.jobs.pace import measure
from ashao.jobs.settled import EndedJob, ended_job, mark_settled
from ashao.people.prices import Outcome, Share

if TYPE_CHECKING:
    from ashao.jobs.scripts import JobStore
    from ashao.people.conversations import Conversations
    from ashao.people.ledger import Ledger
    from ashao.store.earners import Earners
    from ashao.store.in_flight import InFlight
    from ashao.store.totals import Totals

log = structlog.get_logger(__name__)


class Settle:
    """Saves what ended jobs leave behind, and pays for it."""

    def __init__(
        self,
        jobs: "JobStore",
        conversations: "Conversations",
        ledger: "Ledger",
        earners: "Earners",
        totals: "Totals",
        in_flight: "InFlight",
    ) -> None:
        self._jobs = jobs
        self._conversations = conversations
        self._ledger = ledger
        self._earners = earners
        self._totals = totals
        self._in_flight = in_flight

    async def settle(self, job_id: JobId) -> None:
        """Settle the job if it has ended; a failure is logged and comes again."""
        try:
            await self._settle(job_id)
        except (AshaoError, SQLAlchemyError, OSError) as error:
            log.warning("settle_failed", job=job_id, kind=type(error).__name__)

    async def _settle(self, job_id: JobId) -> None:
        ended = await ended_job(self._jobs, job_id)
        if ended is None or ended.job.settled_at is not None:
            return
        job = ended.job
        await self._save(job, ended.text)
        is_new = await self._ledger.settle(
            job.id, Outcome(_answer_status(job)), await self._shares(ended), await self._asker(job)
        )
        if is_new and job.status is Status.DONE:
            await self._totals.add(job.tokens)
        await self._in_flight.leave(job.user_id, job.id)
        await mark_settled(self._jobs, job.id)  # nobody comes back after this
        await measure(self._jobs, job)

    async def _save(self, job: JobView, text: str | None) -> None:
        """Keep the answer if somebody keeps the question."""
        if job.conversation_id is not None and text is not None:
            await self._conversations.save_answer(
                job.conversation_id, job.id, _answer_status(job), text
            )

    async def _asker(self, job: JobView) -> str | None:
        """Whose the question is now: chats go along when somebody signs in."""
        if job.conversation_id is None:
            return job.user_id
        return await self._conversations.owner_of(job.conversation_id)

    async def _shares(self, ended: EndedJob) -> list[Share]:
        """Who wrote how much, by who earns for it."""
        shares = []
        for each in ended.shares:
            is_provider = each.kind == "provider"
            earner = None if is_provider else await self._earners.of(each.producer_id)
            shares.append(Share(earner, each.tokens, is_provider))
        return shares


def _answer_status(job: JobView) -> str:
    """How the answer is kept: whole, cut short by its reader, or broken off."""
    if job.status is Status.DONE:
        return "done"
    return "cancelled" if job.error == EndCode.CANCELLED else "failed"
