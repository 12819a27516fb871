"""Compacts the stores' files on our disk every minute, so that deleted data is gone from them.

Both stores write ahead: what is gone from them stays in their files until those are written anew.
A store elsewhere is its operator's matter.
"""

import asyncio
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ashao.errors import StoreUnavailable
from ashao.store.embedded import rewrite_file
from ashao.tasks import going_on

if TYPE_CHECKING:
    from ashao.store.database import Database
    from ashao.store.redis import Redis

log = structlog.get_logger(__name__)

LONGEST_PAUSE_S = 60


class AofCompaction:
    """The loop; `embedded` is the store if it is ours."""

    def __init__(self, embedded: "Redis | None", database: "Database", stream_ttl_s: int) -> None:
        self._embedded = embedded
        self._database = database
        # Files need not remember longer than the store keeps what ended.
        self._pause_s = min(LONGEST_PAUSE_S, max(1, stream_ttl_s))

    async def run(self) -> None:
        """Compact until cancelled; a store that is away or busy is tried again."""
        while True:
            await asyncio.sleep(self._pause_s)
            async with going_on("compaction"):
                await self._compact()

    async def _compact(self) -> None:
        try:
            if self._embedded is not None:
                await rewrite_file(self._embedded)
            await self._database.scrub()
        except (StoreUnavailable, SQLAlchemyError, OSError) as error:
            log.warning("compaction_failed", kind=type(error).__name__)
