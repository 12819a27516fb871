"""Deletes what somebody keeps, and first ends the jobs that it still waits for.

A question that was deleted is handed to nobody any more, and nobody goes on writing its answer. A
message that is being sent at that very moment finds its id forbidden, and its price is given back.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ashao.errors import NoSuchJob
from ashao.jobs import finish
from ashao.jobs.job import JobId
from ashao.jobs.view import peek
from ashao.people.books import of_account

if TYPE_CHECKING:
    from ashao.chat.charges import Charges
    from ashao.jobs.scripts import JobStore
    from ashao.people.accounts import Accounts
    from ashao.people.conversations import Conversations
    from ashao.store.api_keys import ApiKeys
    from ashao.store.earners import Earners
    from ashao.store.in_flight import InFlight


class Erase:
    """Deletes conversations and accounts."""

    def __init__(
        self,
        jobs: "JobStore",
        charges: "Charges",
        conversations: "Conversations",
        in_flight: "InFlight",
        accounts: "Accounts",
        api_keys: "ApiKeys",
        earners: "Earners",
    ) -> None:
        self._jobs = jobs
        self._charges = charges
        self._conversations = conversations
        self._in_flight = in_flight
        self._accounts = accounts
        self._api_keys = api_keys
        self._earners = earners

    async def conversation(self, owner_id: str, conversation_id: str) -> None:
        """Delete one conversation. Raises NotFound, StoreUnavailable."""
        for job_id in await self._in_flight.of(owner_id):
            job = await peek(self._jobs, JobId(job_id))
            if job is not None and job.conversation_id == conversation_id:
                await self._end([job_id])
        await self._end(await self._conversations.unanswered(owner_id, conversation_id))
        await self._end(await self._conversations.delete(owner_id, conversation_id))

    async def conversations(self, owner_id: str) -> None:
        """Delete all that an owner keeps. Raises StoreUnavailable."""
        await self._end_all(owner_id)
        await self._end(await self._conversations.delete_all(owner_id))

    async def account(self, account_id: str) -> None:
        """Delete everything of an account; the ledger's lines stay and belong to nobody.

        Raises NotFound, StoreUnavailable.
        """
        owner_id = of_account(account_id)
        await self._cut_off(owner_id)
        await self._end(await self._accounts.delete(account_id))
        await self._cut_off(owner_id)  # what came before the last session was closed

    async def _cut_off(self, owner_id: str) -> None:
        """Nothing acts for this owner any more: no job, no key, no worker."""
        await self._end_all(owner_id)
        await self._api_keys.revoke_all(owner_id)
        await self._earners.forget(owner_id)

    async def _end_all(self, owner_id: str) -> None:
        """End the owner's jobs: a key's have no conversation, and some are still a visitor's."""
        await self._end(await self._in_flight.of(owner_id))
        await self._end(await self._conversations.unanswered(owner_id))

    async def _end(self, job_ids: Iterable[str]) -> None:
        for job_id in map(JobId, job_ids):
            try:
                await finish.cancel(self._jobs, job_id)
            except NoSuchJob:
                await self._charges.give_back(job_id)
