"""A person's message becomes a job: it is charged, the question is saved, the job is queued.

Every id is chosen first and every step is idempotent by them, so a repeat with the same
Idempotency-Key, after any crash, does what is missing and nothing twice.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from ashao.chat.answers import keep_answer
from ashao.chat.idempotency import Record
from ashao.errors import Conflict
from ashao.history import saving
from ashao.history.tables import ConversationId
from ashao.identity.owners import OwnerId
from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import JobId, NewJob, Status, Tier
from ashao.jobs.queue.requirements import Requirements
from ashao.jobs.read import ended_job, get_job
from ashao.messages import Message
from ashao.store.secrets import digest, new_id
from ashao_text.tokens import estimated_tokens

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ashao.chat.charges import Charges
    from ashao.chat.idempotency import Idempotency
    from ashao.chat.newcomers import Newcomers
    from ashao.chat.quota import JobQuota
    from ashao.history.conversations import Conversations
    from ashao.jobs.read import EndedJob
    from ashao.jobs.store import JobStore
    from ashao.producers.presence import Presence

# What a history may take of a prompt; models at hand differ, and workers cut further if they must.
PROMPT_BUDGET_TOKENS = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks. Without a `tier` it is chosen when it is sent, by who is there.

    `retry_of` is the failed job whose question this is again.
    """

    content: str
    tier: Tier | None = None
    conversation_id: ConversationId | None = None
    retry_of: str | None = None

    @property
    def digest(self) -> str:
        """What tells it from other questions."""
        return digest(msgspec.json.encode(self).decode())


@dataclass(frozen=True, slots=True)
class Sent:
    """The job that a question became, and the conversation that it is in."""

    job_id: JobId
    conversation_id: ConversationId


class ChatService:
    """Takes questions."""

    def __init__(
        self,
        jobs: "JobStore",
        charges: "Charges",
        conversations: "Conversations",
        idempotency: "Idempotency",
        quota: "JobQuota",
        newcomers: "Newcomers",
        presence: "Presence",
    ) -> None:
        self._jobs = jobs
        self._charges = charges
        self._conversations = conversations
        self._idempotency = idempotency
        self._quota = quota
        self._newcomers = newcomers
        self._presence = presence

    async def send(
        self,
        owner_id: OwnerId,
        question: Question,
        key: str | None,
        newcomer_at: str | None = None,
    ) -> Sent:
        """Queue the question; `newcomer_at` is the address of a sender who had no session.

        Raises InsufficientCredits, NotFound for another's conversation, Conflict for a key that
        was used otherwise or a retry of a job that has not ended,
        TooMany for one that has too many answers to wait for, NotSignedIn for
        an account that was deleted meanwhile, StoreUnavailable.
        """
        sent = await self._ids(owner_id, question, key)
        if key is not None and await self._is_known(sent.job_id):
            return sent  # a repeat, and nothing is missing
        await self._require_ended(question)
        # Workers cut a history that is too long for them; the question itself they must hold.
        needs = Requirements(context_tokens=estimated_tokens([Message("user", question.content)]))
        tier = question.tier or await self._presence.tier_for(needs)
        ended = await self._ended_before(owner_id, question.conversation_id)
        async with (
            self._newcomers.admit(newcomer_at, sent.job_id) as place_there,
            self._quota.admit(owner_id, sent.job_id) as place,
            self._charges.charged(
                owner_id, sent.job_id, tier, partial(_save, owner_id, question, sent, ended)
            ) as (charge, messages),
        ):
            job = await self._job(owner_id, sent, tier, needs, messages)
            places = list(filter(None, (place_there, place)))
            is_patient = any(each.is_one_of_many for each in places)
            job = structs.replace(job, charge=charge, low_priority=is_patient)
            await asyncio.gather(enqueue(self._jobs, job), *(each.confirm() for each in places))
        return sent

    async def _ended_before(
        self, owner_id: OwnerId, conversation_id: ConversationId | None
    ) -> "list[EndedJob]":
        """Who saw an answer's end asks on with it, also before it is settled."""
        if conversation_id is None:
            return []
        unanswered = await self._conversations.unanswered(owner_id, conversation_id)
        found = await asyncio.gather(
            *(ended_job(self._jobs, JobId(job_id)) for job_id in unanswered)
        )
        return [each for each in found if each is not None]

    async def _require_ended(self, question: Question) -> None:
        """Only an answer that has ended is asked for again: one that runs would have no question.

        Raises Conflict.
        """
        if question.retry_of is None:
            return
        earlier = await get_job(self._jobs, JobId(question.retry_of))
        if (
            earlier is not None
            and earlier.conversation_id == question.conversation_id
            and earlier.status in (Status.QUEUED, Status.RUNNING)
        ):
            raise Conflict("This answer has not ended yet. Cancel it, or wait for its end.")

    async def _is_known(self, job_id: JobId) -> bool:
        """Whether the job was queued before: its hash is there, or has gone since it was paid."""
        if await get_job(self._jobs, job_id) is not None:
            return True
        return await self._charges.is_settled(job_id)

    async def _job(
        self,
        owner_id: OwnerId,
        sent: Sent,
        tier: Tier,
        needs: Requirements,
        messages: list[Message],
    ) -> NewJob:
        return NewJob(
            id=sent.job_id,
            user_id=owner_id,
            tier=tier,
            messages=messages,
            conversation_id=sent.conversation_id,
            context_tokens=needs.context_tokens,
            no_worker=await self._presence.why_no_worker(tier, needs) is not None,
        )

    async def _ids(self, owner_id: OwnerId, question: Question, key: str | None) -> Sent:
        sent = Sent(JobId(new_id()), question.conversation_id or ConversationId(new_id()))
        if key is None:
            return sent
        proposed = Record(question.digest, sent.job_id, sent.conversation_id)
        record = await self._idempotency.get_or_create(owner_id, key, proposed)
        return Sent(record.job_id, record.conversation_id)


def _save(
    owner_id: OwnerId,
    question: Question,
    sent: Sent,
    ended: "list[EndedJob]",
    connection: "Connection",
) -> list[Message]:
    """Keep the question; the prompt that it makes with what was said before."""
    for each in ended:
        keep_answer(connection, each)
    saving.save_question(
        connection,
        owner_id,
        sent.conversation_id,
        sent.job_id,
        question.content,
        question.retry_of,
    )
    return saving.prompt(connection, sent.conversation_id, sent.job_id, PROMPT_BUDGET_TOKENS)
