"""Reads the deadlines for ever: providers take what waited long enough, what ended is settled.

Every process watches every shard; the scripts make that safe.
"""

import asyncio
from typing import TYPE_CHECKING

import structlog

from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.deadlines import forget
from ashao.jobs.sweep import Due, sweep

if TYPE_CHECKING:
    from ashao.chat.settle import Settle
    from ashao.jobs.scripts import JobStore
    from ashao.producers.fallback import Fallback

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.25
STORE_PAUSE_S = 1.0


class Watch:
    """The one loop that acts on deadlines."""

    def __init__(self, jobs: "JobStore", fallback: "Fallback", settle: "Settle") -> None:
        self._jobs = jobs
        self._fallback = fallback
        self._settle = settle

    async def run(self) -> None:
        """Look until cancelled; an absent store is waited for."""
        while True:
            try:
                await self._look()
                await asyncio.sleep(LOOK_EVERY_S)
            except StoreUnavailable:
                log.warning("watch_store_unavailable")
                await asyncio.sleep(STORE_PAUSE_S)

    async def _look(self) -> None:
        for found in await asyncio.gather(*(sweep(self._jobs, shard) for shard in keys.SHARDS)):
            for due in found:
                await self._act(due)

    async def _act(self, due: Due) -> None:
        match due.reason:
            case "provider":
                self._fallback.take(due.job_id)
            case "ended":
                await self._settle.settle(due.job_id)
            case "missing":
                await forget(self._jobs, due.job_id)
