"""A job ended: its answer is saved, whoever wrote it is paid, and only then may its text expire.

Idempotent by job id; a settlement that fails is tried again by whichever sweeper comes next.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ashao.chat.answers import answer_status, keep_answer
from ashao.errors import AshaoError
from ashao.history import saving
from ashao.history.tables import ConversationId
from ashao.identity.owners import OwnerId
from ashao.jobs.job import Contribution, JobId, JobView, Status
from ashao.jobs.queue.eta import record_duration
from ashao.jobs.read import EndedJob, ended_job, mark_settled
from ashao.ledger.prices import Outcome, Share

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from sqlalchemy import Connection

    from ashao.chat.quota import JobQuota
    from ashao.chat.totals import Totals
    from ashao.jobs.store import JobStore
    from ashao.ledger.ledger import Ledger
    from ashao.ledger.payees import Payees
    from ashao.store.database import Database
    from ashao.workers.suspension import Suspensions

log = structlog.get_logger(__name__)


class Settlement:
    """Saves what ended jobs leave behind, and pays for it."""

    def __init__(
        self,
        jobs: "JobStore",
        database: "Database",
        ledger: "Ledger",
        payees: "Payees",
        totals: "Totals",
        quota: "JobQuota",
        suspensions: "Suspensions",
    ) -> None:
        self._jobs = jobs
        self._database = database
        self._ledger = ledger
        self._payees = payees
        self._totals = totals
        self._quota = quota
        self._suspensions = suspensions

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
        shares = await self._shares(ended)
        is_new = await self._database.write(partial(self._write, ended, shares))
        await asyncio.gather(
            self._quota.release(OwnerId(job.user_id), job.id),
            *(self._news(job) if is_new and job.status is Status.DONE else ()),
        )
        await mark_settled(self._jobs, job.id)  # nobody comes back after this

    def _news(self, job: JobView) -> "Iterator[Awaitable[None]]":
        """What becomes known when a job was answered."""
        yield self._totals.add(job.tokens)
        yield record_duration(self._jobs, job)
        for worker_id in job.blamed_by:  # others answered what it said could not be answered
            yield self._suspensions.record_failure(worker_id)

    def _write(self, ended: EndedJob, shares: list[Share], connection: "Connection") -> bool:
        """Keep the answer if somebody keeps the question, and pay; False if it was paid before."""
        job = ended.job
        asker: OwnerId | None = OwnerId(job.user_id)
        if job.conversation_id is not None:  # chats go along when somebody signs in
            asker = saving.owner_of(connection, ConversationId(job.conversation_id))
        keep_answer(connection, ended)
        outcome = Outcome(answer_status(job))
        return self._ledger.jobs.settle(connection, job.id, outcome, shares, asker)

    async def _shares(self, ended: EndedJob) -> list[Share]:
        """Who wrote how much, the thoughts before it included, by who earns for it."""
        return await asyncio.gather(*map(self._share, ended.contributions))

    async def _share(self, part: Contribution) -> Share:
        is_provider = part.kind == "provider"
        payee = None if is_provider else await self._payees.payee_of(part.producer_id)
        return Share(payee, part.work, is_provider)
