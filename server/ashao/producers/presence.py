"""Which models are there now, and whether any worker could serve a job at all.

What the store says is kept for a second; before a job is said to be impossible it is read anew.
"""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from ashao.jobs.job import ANY_MODEL, JobView, Tier
from ashao.jobs.needs import Needs

if TYPE_CHECKING:
    from ashao.producers.workers import Worker, Workers
    from ashao.providers.registry import Providers

FRESH_S = 1.0


class NoWorker(StrEnum):
    """Why a job does not wait for workers, as the sentence that says so."""

    MODEL = "No worker here has this model, so a provider is asked."
    CONTEXT = "No worker here holds a prompt this long, so a provider is asked."


class Presence:
    """The workers and providers of this moment."""

    def __init__(self, workers: "Workers", providers: "Providers") -> None:
        self._workers = workers
        self._providers = providers
        self._known: Sequence[Worker] = ()
        self._known_until = 0.0

    async def workers(self, *, anew: bool = False) -> Sequence["Worker"]:
        """The workers that are there. Raises StoreUnavailable."""
        now = asyncio.get_running_loop().time()
        if anew or now >= self._known_until:
            self._known = await self._workers.listed()
            self._known_until = now + FRESH_S
        return self._known

    async def obstacle(self, tier: Tier, needs: Needs) -> NoWorker | None:
        """Why no worker of this tier can serve; None when one can, or when one may still come."""
        found = _obstacle(await self.workers(), tier, needs)
        return found and _obstacle(await self.workers(anew=True), tier, needs)

    async def models(self, *, anew: bool = False) -> dict[str, str]:
        """The names that a job may ask for, and whose they are: "workers" or a provider's id."""
        offered = {each.model: each.id for each in self._providers if each.available()}
        return {each.model: "workers" for each in await self.workers(anew=anew)} | offered

    async def tier_of(self, model: str) -> Tier:
        """Where the model is asked for: the tier that most of its workers serve, else `max`."""
        tiers = [
            tier for each in await self.workers() if each.model == model for tier in each.tiers
        ]
        return Tier(max(sorted(set(tiers)), key=tiers.count)) if tiers else Tier.MAX

    async def spoke_last(self, job: JobView) -> str | None:
        """The model of the producer that a job is or was with, as long as it is known."""
        if job.claimed_by is None or not job.shares:
            return None
        if job.shares[-1].kind == "worker":
            return await self._workers.model_of(job.claimed_by)
        return next((each.model for each in self._providers if each.id == job.claimed_by), None)


def _obstacle(workers: Sequence["Worker"], tier: Tier, needs: Needs) -> NoWorker | None:
    contexts = [
        each.context_tokens
        for each in workers
        if tier in each.tiers and needs.model in (ANY_MODEL, each.model)
    ]
    if not contexts:
        return None if needs.model == ANY_MODEL else NoWorker.MODEL
    longest = max(each or needs.context_tokens for each in contexts)
    return NoWorker.CONTEXT if longest < needs.context_tokens else None
