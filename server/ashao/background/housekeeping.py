"""Once an hour: what nobody can open goes, and what was charged for nothing is paid back."""

import asyncio
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ashao.errors import Unavailable
from ashao.jobs.job import JobId
from ashao.tasks import going_on

if TYPE_CHECKING:
    from ashao.chat.charges import Charges
    from ashao.history.conversations import Conversations
    from ashao.ledger.ledger import Ledger

log = structlog.get_logger(__name__)

EVERY_S = 3600
# An anonymous session lives as long; what it wrote has no other key.
ANONYMOUS_DAYS = 30
LOST_AFTER_MINUTES = 60


class Housekeeping:
    """The loop."""

    def __init__(
        self, conversations: "Conversations", ledger: "Ledger", charges: "Charges"
    ) -> None:
        self._conversations = conversations
        self._ledger = ledger
        self._charges = charges

    async def run(self) -> None:
        """Tidy until cancelled; what fails is tried again an hour later."""
        while True:
            await asyncio.sleep(EVERY_S)
            async with going_on("housekeeping"):
                try:
                    await self.tidy()
                except (Unavailable, SQLAlchemyError, OSError) as error:
                    log.warning("housekeeping_failed", kind=type(error).__name__)

    async def tidy(self) -> None:
        """One round. A store that lost its data forgot jobs too: their price goes back."""
        await self._conversations.purge_anonymous(ANONYMOUS_DAYS)
        for job_id in await self._ledger.open_charges(LOST_AFTER_MINUTES):
            await self._charges.refund(JobId(job_id))
