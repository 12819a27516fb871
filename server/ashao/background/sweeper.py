"""Polls the jobs' deadlines: a provider takes what waited long enough, what ended is settled.

Every process polls every shard; the scripts make that safe. What ends in this process is settled
without waiting for a look.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ashao.errors import StoreUnavailable, Unavailable
from ashao.jobs.job import JobId
from ashao.jobs.sweep import Due, sweep_all
from ashao.tasks import cancel_and_join, going_on, spawn
from ashao.workers.suspension import record_lost_attempt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ashao.chat.charges import Charges
    from ashao.chat.settle import Settlement
    from ashao.jobs.store import JobStore
    from ashao.producers.fallback import Fallback
    from ashao.workers.suspension import Suspensions

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.25
STORE_PAUSE_S = 1.0
MAX_CONCURRENT_SETTLEMENTS = 8  # the history is slower than the store


class DeadlineLoop:
    """The one loop that acts on deadlines."""

    def __init__(
        self,
        jobs: "JobStore",
        fallback: "Fallback",
        settlement: "Settlement",
        charges: "Charges",
        suspensions: "Suspensions",
    ) -> None:
        self._jobs = jobs
        self._fallback = fallback
        self._settlement = settlement
        self._charges = charges
        self._suspensions = suspensions
        self._settling: dict[JobId, asyncio.Task[None]] = {}
        self._settle_limit = asyncio.Semaphore(MAX_CONCURRENT_SETTLEMENTS)

    async def run(self) -> None:
        """Look until cancelled; an absent store is waited for, and no defect ends the looking."""
        self._jobs.on_ended = self._settle
        try:
            while True:
                await self._look_and_pause()
        finally:
            self._jobs.on_ended = None
            await cancel_and_join(*self._settling.values())

    async def _look_and_pause(self) -> None:
        async with going_on("deadlines", STORE_PAUSE_S):
            try:
                await self._look()
                await asyncio.sleep(LOOK_EVERY_S)
            except StoreUnavailable:
                log.warning("deadlines_store_unavailable")
                await asyncio.sleep(STORE_PAUSE_S)

    async def _look(self) -> None:
        """Act on all that is due; then say if something could not be looked at."""
        swept = await sweep_all(self._jobs)
        for each in swept:
            for due in each.due:
                await self._act(due)
        for each in swept:
            for failure in each.failures:
                raise failure

    async def _act(self, due: Due) -> None:
        match due.reason:
            case "provider":
                self._fallback.take(due.job_id)
            case "ended":
                self._settle(due.job_id)
            case "lapsed" if due.lost_by is not None:
                with contextlib.suppress(StoreUnavailable):  # only a count
                    await record_lost_attempt(
                        self._jobs, self._suspensions, due.lost_by, due.job_id
                    )
            case "missing":
                self._start(due.job_id, self._refund)

    def _settle(self, job_id: JobId) -> None:
        self._start(job_id, self._settlement.settle)

    def _start(self, job_id: JobId, act: "Callable[[JobId], Awaitable[None]]") -> None:
        """Do it beside the looking: a slow history never delays a failover."""
        if job_id not in self._settling:
            task = spawn(f"settle-{job_id}", self._in_turn(job_id, act))
            self._settling[job_id] = task
            task.add_done_callback(lambda _: self._settling.pop(job_id, None))

    async def _in_turn(self, job_id: JobId, act: "Callable[[JobId], Awaitable[None]]") -> None:
        async with self._settle_limit:
            await act(job_id)

    async def _refund(self, job_id: JobId) -> None:
        """Pay back a charge whose job never came; a failure is logged and comes again."""
        try:
            await self._charges.refund(job_id)
        except (Unavailable, SQLAlchemyError, OSError) as error:
            log.warning("give_back_failed", job=job_id, kind=type(error).__name__)
