"""Which models are there now, and whether any worker could serve a job at all.

Who is there may be known a second late; before a job is said to be impossible it is read anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ashao.jobs.job import ANY_MODEL, JobView, Tier
from ashao.jobs.queue.requirements import Requirements

if TYPE_CHECKING:
    from ashao.providers.registry import Providers
    from ashao.workers.registry import WorkerRegistry
    from ashao.workers.worker import Worker


RESTING = "No worker here can answer this, and the provider is not asked after its failures."
LOOK_AGAIN_S = 10  # a worker may come any time


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody can answer now: why, as sentences, and when to ask again."""

    why: str
    retry_after_s: int


class NoWorker(StrEnum):
    """Why a job does not wait for workers, as the sentence that says so."""

    MODEL = "No worker here has this model, so a provider is asked."
    CONTEXT = "No worker here holds a prompt this long, so a provider is asked."
    ABILITY = "No worker here can keep an answer to a schema or to calls, so a provider is asked."


class Presence:
    """The workers and providers of this moment."""

    def __init__(self, workers: "WorkerRegistry", providers: "Providers") -> None:
        self._workers = workers
        self._providers = providers

    async def workers(self, *, anew: bool = False) -> Sequence["Worker"]:
        """The workers that are there. Raises StoreUnavailable."""
        return await self._workers.live(anew=anew)

    async def why_no_worker(self, tier: Tier, needs: Requirements) -> NoWorker | None:
        """None when a worker of this tier can serve, or when one may still come."""
        found = _why_no_worker(await self.workers(), tier, needs)
        return found and _why_no_worker(await self.workers(anew=True), tier, needs)

    async def tier_for(self, needs: Requirements) -> Tier:
        """Who is asked when no tier is named: `pro`, unless only workers of `max` can serve."""
        workers = await self.workers()
        able = (tier for tier in (Tier.PRO, Tier.MAX) if _can_serve(workers, tier, needs))
        return next(able, Tier.PRO)

    async def why_nobody(self, tier: Tier, needs: Requirements) -> Nobody | None:
        """Who is missing when no worker and no provider can answer a program now."""
        wait_s = self._providers.wait_s(is_programs=True)
        if wait_s == 0 or _can_serve(await self.workers(), tier, needs):
            return None
        if _can_serve(await self.workers(anew=True), tier, needs):
            return None
        if wait_s is not None:
            return Nobody(RESTING, wait_s)
        model = "" if needs.model == ANY_MODEL else f" has the model {needs.model} and"
        schema = " and keeps an answer to a JSON schema or to calls" if needs.abilities else ""
        return Nobody(
            f"No worker of the tier {tier}{model} holds this prompt{schema} now, and no "
            f"provider is configured. Donate one with `ashao worker --tier {tier}` or a browser at "
            "/worker.html, or set GEMINI_API_KEY or ASHAO_OPENAI_BASE_URL on the server.",
            LOOK_AGAIN_S,
        )

    async def models(self, *, anew: bool = False) -> dict[str, str]:
        """The names that a program may ask for, and whose they are: "workers" or a provider's
        id."""
        ours = self._providers.of(is_programs=True)
        offered = {each.model: each.id for each in ours if each.available() and each.model}
        return {each.model: "workers" for each in await self.workers(anew=anew)} | offered

    async def tier_of(self, model: str) -> Tier:
        """Where the model is asked for: the tier that most of its workers serve, else `max`."""
        tiers = [
            tier for each in await self.workers() if each.model == model for tier in each.tiers
        ]
        return Tier(max(sorted(set(tiers)), key=tiers.count)) if tiers else Tier.MAX

    async def last_model(self, job: JobView) -> str | None:
        """The model of the producer that a job is or was with, as long as it is known."""
        if job.claimed_by is None or not job.contributions:
            return None
        if job.contributions[-1].kind == "worker":
            return await self._workers.model_of(job.claimed_by)
        return next((each.model for each in self._providers if each.id == job.claimed_by), None)


def _can_serve(workers: Sequence["Worker"], tier: Tier, needs: Requirements) -> bool:
    return any(tier in each.tiers and each.fits(needs) for each in workers)


def _why_no_worker(workers: Sequence["Worker"], tier: Tier, needs: Requirements) -> NoWorker | None:
    with_model = [
        each for each in workers if tier in each.tiers and needs.model in (ANY_MODEL, each.model)
    ]
    if not with_model:
        return None if needs.model == ANY_MODEL else NoWorker.MODEL
    contexts = [each.context_tokens for each in with_model if needs.abilities <= each.abilities]
    if not contexts:
        return NoWorker.ABILITY
    longest = max(each or needs.context_tokens for each in contexts)
    return NoWorker.CONTEXT if longest < needs.context_tokens else None
