"""Reads the deadlines for ever: providers take what waited long enough, what ended is settled.

Every process watches every shard; the scripts make that safe.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ashao.errors import StoreUnavailable, Unavailable
from ashao.jobs import keys
from ashao.jobs.endings import FailCode
from ashao.jobs.job import JobId
from ashao.jobs.sweep import Due, sweep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ashao.chat.charges import Charges
    from ashao.chat.settle import Settle
    from ashao.jobs.scripts import JobStore
    from ashao.producers.fallback import Fallback
    from ashao.producers.rests import Rests

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.25
STORE_PAUSE_S = 1.0
SETTLED_AT_ONCE = 8  # the history is slower than the store


class Watch:
    """The one loop that acts on deadlines."""

    def __init__(
        self,
        jobs: "JobStore",
        fallback: "Fallback",
        settle: "Settle",
        charges: "Charges",
        rests: "Rests",
    ) -> None:
        self._jobs = jobs
        self._fallback = fallback
        self._settle = settle
        self._charges = charges
        self._rests = rests
        self._settling: dict[JobId, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(SETTLED_AT_ONCE)

    async def run(self) -> None:
        """Look until cancelled; an absent store is waited for, and no defect ends the looking."""
        try:
            while True:
                await self._look_and_pause()
        finally:
            settling = list(self._settling.values())
            for task in settling:
                task.cancel()
            await asyncio.gather(*settling, return_exceptions=True)

    async def _look_and_pause(self) -> None:
        try:
            await self._look()
            await asyncio.sleep(LOOK_EVERY_S)
        except StoreUnavailable:
            log.warning("watch_store_unavailable")
            await asyncio.sleep(STORE_PAUSE_S)
        except Exception as error:
            log.error("watch_defect", kind=type(error).__name__)
            await asyncio.sleep(STORE_PAUSE_S)

    async def _look(self) -> None:
        """Act on all that is due; then say if something could not be looked at."""
        swept = await asyncio.gather(*(sweep(self._jobs, shard) for shard in keys.SHARDS))
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
                self._beside(due.job_id, self._settle.settle)
            case "lapsed" if due.lost_by is not None:
                with contextlib.suppress(StoreUnavailable):  # only a count
                    await self._rests.failed(due.lost_by, FailCode.TIMEOUT)
            case "missing":
                self._beside(due.job_id, self._give_back)

    def _beside(self, job_id: JobId, act: "Callable[[JobId], Awaitable[None]]") -> None:
        """Do it beside the looking: a slow history never delays a failover."""
        if job_id not in self._settling:
            task = asyncio.create_task(self._in_turn(job_id, act), name=f"settle-{job_id}")
            self._settling[job_id] = task
            task.add_done_callback(lambda _: self._settling.pop(job_id, None))

    async def _in_turn(self, job_id: JobId, act: "Callable[[JobId], Awaitable[None]]") -> None:
        async with self._room:
            await act(job_id)

    async def _give_back(self, job_id: JobId) -> None:
        """Pay back a charge whose job never came; a failure is logged and comes again."""
        try:
            await self._charges.give_back(job_id)
        except (Unavailable, SQLAlchemyError, OSError) as error:
            log.warning("give_back_failed", job=job_id, kind=type(error).__name__)
