"""A person's message becomes a job: the question is saved, then the job is queued.

Every id is chosen first and every step is idempotent by them, so a repeat with the same
Idempotency-Key, after any crash, does what is missing and nothing twice.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import JobId, Message, NewJob, Tier
from ashao.store.idempotency import Record
from ashao.store.secrets import digest, new_id

if TYPE_CHECKING:
    from ashao.jobs.scripts import JobStore
    from ashao.people.conversations import Conversations
    from ashao.store.idempotency import Idempotency

# What a history may take of a prompt; models at hand differ, and workers cut further if they must.
PROMPT_BUDGET_TOKENS = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks. `retry_of` is the failed job whose question this is again."""

    content: str
    tier: Tier
    conversation_id: str | None = None
    retry_of: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The job that a question became, and the conversation that it is in."""

    job_id: str
    conversation_id: str


class Send:
    """Takes questions."""

    def __init__(
        self, jobs: "JobStore", conversations: "Conversations", idempotency: "Idempotency"
    ) -> None:
        self._jobs = jobs
        self._conversations = conversations
        self._idempotency = idempotency

    async def send(self, owner_id: str, question: Question, key: str | None) -> Sent:
        """Queue the question.

        Raises NotFound for another's conversation, Conflict for a key that was used otherwise,
        StoreUnavailable.
        """
        sent = await self._ids(owner_id, question, key)
        await self._conversations.save_question(
            owner_id, sent.conversation_id, sent.job_id, question.content, question.retry_of
        )
        history = await self._conversations.prompt(
            sent.conversation_id, sent.job_id, PROMPT_BUDGET_TOKENS
        )
        await enqueue(
            self._jobs,
            NewJob(
                id=JobId(sent.job_id),
                user_id=owner_id,
                tier=question.tier,
                messages=[Message(each.role, each.content) for each in history],
                conversation_id=sent.conversation_id,
            ),
        )
        return sent

    async def _ids(self, owner_id: str, question: Question, key: str | None) -> Sent:
        sent = Sent(new_id(), question.conversation_id or new_id())
        if key is None:
            return sent
        body = digest(msgspec.json.encode(question).decode())
        proposed = Record(body, sent.job_id, sent.conversation_id)
        record = await self._idempotency.settle_on(owner_id, key, proposed)
        return Sent(record.job_id, record.conversation_id)
