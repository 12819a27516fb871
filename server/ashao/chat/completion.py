"""A conversation that a program brings along becomes a job; nothing of it is saved."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ashao.errors import NoSuchJob, StoreUnavailable
from ashao.jobs import finish
from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import JobId, JobView, Message, NewJob, Params, Tier
from ashao.jobs.view import peek
from ashao.store.secrets import new_id

if TYPE_CHECKING:
    from ashao.chat.charges import Charges
    from ashao.jobs.scripts import JobStore
    from ashao.store.in_flight import InFlight


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a program asks. With `no_worker` a provider answers at once."""

    messages: list[Message]
    model: str
    tier: Tier
    params: Params
    context_tokens: int
    no_worker: bool


class Completion:
    """Takes prompts."""

    def __init__(self, jobs: "JobStore", charges: "Charges", in_flight: "InFlight") -> None:
        self._jobs = jobs
        self._charges = charges
        self._in_flight = in_flight

    async def begin(self, owner_id: str, prompt: Prompt) -> JobView:
        """Queue the prompt. Raises InsufficientCredits, TooMany, StoreUnavailable."""
        job_id = JobId(new_id())
        async with (
            self._in_flight.entering(owner_id, job_id) as is_patient,
            self._charges.taking(owner_id, job_id, prompt.tier) as charge,
        ):
            await enqueue(
                self._jobs,
                NewJob(
                    id=job_id,
                    user_id=owner_id,
                    tier=prompt.tier,
                    messages=prompt.messages,
                    model=prompt.model,
                    params=prompt.params,
                    charge=charge,
                    context_tokens=prompt.context_tokens,
                    no_worker=prompt.no_worker,
                    is_patient=is_patient,
                ),
            )
        job = await peek(self._jobs, job_id)
        if job is None:
            raise NoSuchJob
        return job

    async def break_off(self, job: JobView) -> None:
        """This process leaves and nobody can resume the answer elsewhere: it costs nothing.

        Raises StoreUnavailable.
        """
        with suppress(NoSuchJob):
            await finish.break_off(self._jobs, job.id)

    async def leave(self, job: JobView) -> None:
        """The caller has its answer, or is gone: nobody else can read it, so it need not go on.

        A store that is away hears nothing of it, which spoils no answer: the job ends by itself.
        """
        with suppress(NoSuchJob, StoreUnavailable):
            await finish.cancel(self._jobs, job.id)
        with suppress(StoreUnavailable):
            await self._in_flight.leave(job.user_id, job.id)
