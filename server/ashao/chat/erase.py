"""Deletes what somebody keeps, and first ends the jobs that it still waits for.

A question that was deleted is handed to nobody any more, and nobody goes on writing its answer. A
message that is being sent at that very moment finds its id forbidden, and its price is given back.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ashao.errors import NoSuchJob
from ashao.history.tables import ConversationId
from ashao.identity.owners import AccountId, OwnerId, of_account
from ashao.jobs import finish
from ashao.jobs.job import JobId
from ashao.jobs.read import get_job

if TYPE_CHECKING:
    from ashao.chat.charges import Charges
    from ashao.chat.membership import Membership
    from ashao.chat.quota import JobQuota
    from ashao.history.conversations import Conversations
    from ashao.identity.api_keys import ApiKeys
    from ashao.jobs.store import JobStore
    from ashao.ledger.payees import Payees


class Eraser:
    """Deletes conversations and accounts."""

    def __init__(
        self,
        jobs: "JobStore",
        charges: "Charges",
        conversations: "Conversations",
        quota: "JobQuota",
        membership: "Membership",
        api_keys: "ApiKeys",
        payees: "Payees",
    ) -> None:
        self._jobs = jobs
        self._charges = charges
        self._conversations = conversations
        self._quota = quota
        self._membership = membership
        self._api_keys = api_keys
        self._payees = payees

    async def conversation(self, owner_id: OwnerId, conversation_id: ConversationId) -> None:
        """Delete one conversation. Raises NotFound, StoreUnavailable."""
        for job_id in await self._quota.jobs_of(owner_id):
            job = await get_job(self._jobs, JobId(job_id))
            if job is not None and job.conversation_id == conversation_id:
                await self._end([job_id])
        await self._end(await self._conversations.unanswered(owner_id, conversation_id))
        await self._end(await self._conversations.delete(owner_id, conversation_id))

    async def conversations(self, owner_id: OwnerId) -> None:
        """Delete all that an owner keeps. Raises StoreUnavailable."""
        await self._end_all(owner_id)
        await self._end(await self._conversations.delete_all(owner_id))

    async def account(self, account_id: AccountId) -> None:
        """Delete everything of an account; the ledger's lines stay and belong to nobody.

        Raises NotFound, StoreUnavailable.
        """
        owner_id = of_account(account_id)
        await self._cut_off(owner_id)
        await self._end(await self._membership.delete(account_id))
        await self._cut_off(owner_id)  # what came before the last session was closed

    async def _cut_off(self, owner_id: OwnerId) -> None:
        """Nothing acts for this owner any more: no job, no key, no worker."""
        await self._end_all(owner_id)
        await self._api_keys.revoke_all(owner_id)
        await self._payees.forget_owner(owner_id)

    async def _end_all(self, owner_id: OwnerId) -> None:
        """End the owner's jobs: a key's have no conversation, and some are still a visitor's."""
        await self._end(await self._quota.jobs_of(owner_id))
        await self._end(await self._conversations.unanswered(owner_id))

    async def _end(self, job_ids: Iterable[str]) -> None:
        for job_id in map(JobId, job_ids):
            try:
                await finish.cancel(self._jobs, job_id)
            except NoSuchJob:
                await self._charges.refund(job_id)
