"""A person's message becomes a job: it is charged, the question is saved, the job is queued.

Every id is chosen first and every step is idempotent by them, so a repeat with the same
Idempotency-Key, after any crash, does what is missing and nothing twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import JobId, Message, NewJob, Tier
from ashao.jobs.needs import Needs, prompt_tokens
from ashao.jobs.view import peek
from ashao.store.idempotency import Record
from ashao.store.secrets import digest, new_id

if TYPE_CHECKING:
    from ashao.chat.charges import Charges
    from ashao.jobs.scripts import JobStore
    from ashao.people.conversations import Conversations
    from ashao.store.idempotency import Idempotency
    from ashao.store.in_flight import InFlight

Obstacle = Callable[[Tier, Needs], Awaitable[str | None]]
"""Says why no worker of a tier can serve, if that is so."""

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
        self,
        jobs: "JobStore",
        charges: "Charges",
        conversations: "Conversations",
        idempotency: "Idempotency",
        in_flight: "InFlight",
        obstacle: Obstacle,
    ) -> None:
        self._jobs = jobs
        self._charges = charges
        self._conversations = conversations
        self._idempotency = idempotency
        self._in_flight = in_flight
        self._obstacle = obstacle

    async def send(self, owner_id: str, question: Question, key: str | None) -> Sent:
        """Queue the question.

        Raises InsufficientCredits, NotFound for another's conversation, Conflict for a key that
        was used otherwise, TooMany for one that has too many answers to wait for, NotSignedIn for
        an account that was deleted meanwhile, StoreUnavailable.
        """
        sent = await self._ids(owner_id, question, key)
        job_id = JobId(sent.job_id)
        if key is not None and await self._is_known(job_id):
            return sent  # a repeat, and nothing is missing
        async with (
            self._in_flight.entering(owner_id, sent.job_id) as is_patient,
            self._charges.taking(owner_id, job_id, question.tier) as charge,
        ):
            await self._conversations.save_question(
                owner_id, sent.conversation_id, sent.job_id, question.content, question.retry_of
            )
            job = await self._job(owner_id, question, sent)
            await enqueue(self._jobs, structs.replace(job, charge=charge, is_patient=is_patient))
        return sent

    async def _is_known(self, job_id: JobId) -> bool:
        """Whether the job was queued before: its hash is there, or has gone since it was paid."""
        if await peek(self._jobs, job_id) is not None:
            return True
        return await self._charges.is_settled(job_id)

    async def _job(self, owner_id: str, question: Question, sent: Sent) -> NewJob:
        history = await self._conversations.prompt(
            sent.conversation_id, sent.job_id, PROMPT_BUDGET_TOKENS
        )
        messages = [Message(each.role, each.content) for each in history]
        # Workers cut a history that is too long for them; the question itself they must hold.
        needs = Needs(context_tokens=prompt_tokens(messages[-1:]))
        return NewJob(
            id=JobId(sent.job_id),
            user_id=owner_id,
            tier=question.tier,
            messages=messages,
            conversation_id=sent.conversation_id,
            context_tokens=needs.context_tokens,
            no_worker=await self._obstacle(question.tier, needs) is not None,
        )

    async def _ids(self, owner_id: str, question: Question, key: str | None) -> Sent:
        sent = Sent(new_id(), question.conversation_id or new_id())
        if key is None:
            return sent
        body = digest(msgspec.json.encode(question).decode())
        proposed = Record(body, sent.job_id, sent.conversation_id)
        record = await self._idempotency.settle_on(owner_id, key, proposed)
        return Sent(record.job_id, record.conversation_id)
