"""Hedging: when a claimed worker's first token is late, a provider begins beside it.

Whoever speaks first has the job. The provider's text is held back until the worker's claim has
been revoked, which the store grants only while the worker is silent; so there is one voice, always.
A provider that comes second is cancelled at once, a worker that comes second is refused and earns
nothing. Only a share of all claims is hedged.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from ashao.errors import Fence, NoSuchJob, StaleAttempt, StoreUnavailable
from ashao.jobs import finish
from ashao.jobs.claim import claim
from ashao.jobs.event_id import EventId
from ashao.jobs.job import ANY_MODEL, Claim, Status
from ashao.jobs.read import read_log
from ashao.producers.producer_of import producer_of
from ashao.providers.failures import ProviderError
from ashao.tasks import cancel_and_join, spawn

if TYPE_CHECKING:
    from ashao.jobs.store import JobStore
    from ashao.producers.fallback import Fallback
    from ashao.providers.answer import Answer
    from ashao.providers.provider import Provider
    from ashao.providers.registry import Providers
    from ashao.stream.fanout import Fanout, Listener

log = structlog.get_logger(__name__)

MAX_ALLOWANCE = 5.0
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """When to begin, in seconds (0: never), and for which share of the claims at most."""

    after_s: float
    share: float


class Hedge:
    """The claims of this process that are watched, or overtaken by a provider."""

    def __init__(
        self,
        jobs: "JobStore",
        fanout: "Fanout",
        providers: "Providers",
        fallback: "Fallback",
        limits: Limits,
    ) -> None:
        self._jobs = jobs
        self._fanout = fanout
        self._providers = providers
        self._fallback = fallback
        self._limits = limits
        self._allowance = 1.0
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, held: Claim) -> None:
        """A worker holds this claim now. Returns at once."""
        if self._limits.after_s <= 0 or held.is_workers_alone:
            return
        self._allowance = min(self._allowance + self._limits.share, MAX_ALLOWANCE)
        task = spawn(f"hedge-{held.job_id}", self._watch(held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Watch no more; what a provider writes is handed back."""
        await cancel_and_join(*self._tasks)

    async def _watch(self, held: Claim) -> None:
        await asyncio.sleep(self._limits.after_s)
        try:
            async with self._fanout.listen(held.job_id) as listener:
                if await self._is_silent(held) and (provider := self._provider(held)):
                    await self._overtake(provider, held, listener)
        except (Fence, NoSuchJob, StoreUnavailable):
            return  # the worker spoke first, or nothing can be told apart now
        except ProviderError as error:
            log.info("hedge_failed", code=error.code, cause=error.cause)

    async def _is_silent(self, held: Claim) -> bool:
        """Whether the claim still runs without a word."""
        page = await read_log(self._jobs, held.job_id, EventId(held.next_seq - 1))
        return page.status is Status.RUNNING and not page.events

    def _provider(self, held: Claim) -> "Provider | None":
        """Who may begin, if the share allows it and the model is no other than the one named."""
        able = [
            each
            for each in self._providers.candidates(held.model, is_programs=True)  # no simulation
            if held.model in (ANY_MODEL, each.model)
        ]
        if not able or self._allowance < 1:
            return None
        self._allowance -= 1
        return able[0]

    async def _overtake(self, provider: "Provider", held: Claim, listener: "Listener") -> None:
        async with self._fallback.asked(provider, held) as answer:
            first = await self._first(answer, held, listener)
            await finish.revoke(self._jobs, held.job_id, held.attempt)
            claimed = await claim(self._jobs, held.job_id, producer_of(provider))
            if claimed is not None:
                await self._fallback.serve(provider, claimed, answer, first)

    async def _first(self, answer: "Answer", held: Claim, listener: "Listener") -> str:
        """The provider's first text.

        Raises StaleAttempt when the worker spoke, or the claim ended, before it: that says nothing
        of the provider's health.
        """
        beginning = spawn(f"hedge-{held.job_id}", _next_text(answer), handled=(Exception,))
        try:
            while not beginning.done():
                listening = spawn(f"hedge-{held.job_id}", listener.next(LOOK_S))
                await asyncio.wait({beginning, listening}, return_when=asyncio.FIRST_COMPLETED)
                listening.cancel()
                if not beginning.done() and not await self._is_silent(held):
                    raise StaleAttempt(held.next_seq)
            return beginning.result()
        finally:
            await cancel_and_join(beginning)


async def _next_text(answer: "Answer") -> str:
    return await anext(aiter(answer), "")
