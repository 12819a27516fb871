"""A conversation that a program brings along becomes a job; nothing of it is saved."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ashao.chat.charges import nothing
from ashao.errors import NoSuchJob, StoreUnavailable
from ashao.identity.owners import OwnerId
from ashao.jobs import finish
from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import JobId, JobView, NewJob, Tier
from ashao.jobs.read import get_job
from ashao.messages import Message, Params
from ashao.store.secrets import new_id

if TYPE_CHECKING:
    from ashao.chat.charges import Charges
    from ashao.chat.quota import JobQuota
    from ashao.jobs.store import JobStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a program asks. With `no_worker` a provider answers at once."""

    messages: list[Message]
    model: str
    tier: Tier
    params: Params
    context_tokens: int
    no_worker: bool


class CompletionService:
    """Takes prompts."""

    def __init__(self, jobs: "JobStore", charges: "Charges", quota: "JobQuota") -> None:
        self._jobs = jobs
        self._charges = charges
        self._quota = quota

    async def begin(self, owner_id: OwnerId, prompt: Prompt) -> JobView:
        """Queue the prompt. Raises InsufficientCredits, TooMany, StoreUnavailable."""
        job_id = JobId(new_id())
        async with (
            self._quota.admit(owner_id, job_id) as place,
            self._charges.charged(owner_id, job_id, prompt.tier, nothing) as (charge, _),
        ):
            new = NewJob(
                id=job_id,
                user_id=owner_id,
                tier=prompt.tier,
                messages=prompt.messages,
                model=prompt.model,
                params=prompt.params,
                charge=charge,
                context_tokens=prompt.context_tokens,
                no_worker=prompt.no_worker,
                low_priority=place.is_one_of_many,
            )
            await asyncio.gather(enqueue(self._jobs, new), place.confirm())
        job = await get_job(self._jobs, job_id)
        if job is None:
            raise NoSuchJob
        return job

    async def interrupt(self, job: JobView) -> None:
        """This process leaves and nobody can resume the answer elsewhere: it costs nothing.

        Raises StoreUnavailable.
        """
        with suppress(NoSuchJob):
            await finish.interrupt(self._jobs, job.id)

    async def abandon(self, job: JobView) -> None:
        """The caller has its answer, or is gone: nobody else can read it, so it need not go on.

        A store that is away hears nothing of it, which spoils no answer: the job ends by itself.
        """
        with suppress(NoSuchJob, StoreUnavailable):
            await finish.cancel(self._jobs, job.id)
        with suppress(StoreUnavailable):
            await self._quota.release(OwnerId(job.user_id), job.id)
