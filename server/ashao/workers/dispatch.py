"""Matches queued jobs with pending claims: one blocking pop per tier per process.

It pops only while a claim waits. A popped id is stamped for the fastest worker that can serve it,
a spare one only where no other waits, among equals for the claim that waited longest; an id that
nobody waits for any more goes back to the front, one that only others can serve is parked
(jobs/queue/parked.py). A process that dies in between loses nothing: the job's deadline finds it.
"""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

import structlog

from ashao.errors import Fence, NoSuchJob, StoreUnavailable
from ashao.jobs import finish
from ashao.jobs.claim import OthersFirst, claim_or_reason
from ashao.jobs.job import Claim, JobId, ProducerId, Tier
from ashao.jobs.queue import ids
from ashao.jobs.queue.parked import ParkedQueue, park, parked_queues_for
from ashao.jobs.queue.requirements import Requirements
from ashao.jobs.read import get_job
from ashao.tasks import going_on, spawn
from ashao.workers.pending import PendingClaim

if TYPE_CHECKING:
    from ashao.jobs.store import JobStore
    from ashao.store.redis import Redis
    from ashao.workers.registry import WorkerRegistry
    from ashao.workers.speeds import Speeds
    from ashao.workers.worker import Worker

log = structlog.get_logger(__name__)

# A pop blocks this long at most, so that a stop is noticed soon.
POP_FOR_S = 1.0
STORE_PAUSE_S = 0.25
# How long a job is left to others when only those wait whose attempts at it were lost.
OTHERS_FIRST_S = 0.1


class Dispatcher:
    """The pending claims of this process, by tier."""

    def __init__(
        self, jobs: "JobStore", blocking: "Redis", workers: "WorkerRegistry", speeds: "Speeds"
    ) -> None:
        self._jobs = jobs
        self._blocking = blocking
        self._workers = workers
        self._speeds = speeds
        self._pending: dict[Tier, deque[PendingClaim]] = {tier: deque() for tier in Tier}
        self._match_loops: dict[Tier, asyncio.Task[None]] = {}
        self.is_draining = False

    async def claim(
        self, worker: "Worker", tier: Tier, wait_s: float, generation: int = 0
    ) -> Claim | None:
        """Wait for a job. When the caller is cancelled, a job stamped meanwhile is released.

        Nothing comes once the worker has signed off again, at whichever process.
        """
        standing = await self._speeds.standing(worker)
        if self.is_draining:
            return None
        pending = PendingClaim(worker, generation, standing)
        self._make_room(worker)
        self._pending[tier].append(pending)
        self._ensure_match_loop(tier)
        try:
            async with asyncio.timeout(wait_s if wait_s > 0 else POP_FOR_S / 4):
                return await asyncio.shield(pending.answer)
        except TimeoutError:
            return await self._withdraw(tier, pending)
        except asyncio.CancelledError:
            if (claimed := await self._withdraw(tier, pending)) is not None:
                await self.release_claim(worker, claimed, counts=False)
            raise

    def _make_room(self, worker: "Worker") -> None:
        """A worker has as many calls waiting as it can write answers. The oldest ends for a new
        one: its client may be the same, which gave up on it."""
        calls = self._pending_of(worker.id)
        for pending in calls[: max(0, len(calls) - worker.slots + 1)]:
            pending.answer.set_result(None)

    async def release_claim(self, worker: "Worker", claimed: Claim, *, counts: bool = True) -> None:
        """The worker went away before its answer was sent: free the claim, front of the queue."""
        await self.release(worker, [(claimed.job_id, claimed.attempt)], counts=counts)

    async def release(
        self, worker: "Worker", held: Sequence[tuple[JobId, int | None]], *, counts: bool = True
    ) -> int:
        """Free these claims of a worker; how many were really its own.

        They count as lost attempts, unless it is we who leave or who take them back.
        """
        counts = counts and not self.is_draining
        released = 0
        for job_id, attempt in held:
            try:
                await finish.release(
                    self._jobs, job_id, ProducerId(worker.id), attempt, counts=counts
                )
                released += 1
            except (Fence, NoSuchJob):
                # Over already, or another's: there is nothing to free.
                continue
        with contextlib.suppress(StoreUnavailable):  # only a hint
            await self._workers.clear_claims(worker, *(job_id for job_id, _ in held))
        return released

    async def release_all(self, worker: "Worker") -> int:
        """The worker said goodbye: its pending claims end and all that it holds is freed."""
        for pending in self._pending_of(worker.id):
            pending.answer.set_result(None)
        await self._workers.sign_off(worker)  # first: what is handed over from now on comes back
        held = await self._workers.claims(worker)
        return await self.release(worker, [(JobId(job_id), None) for job_id in held])

    def _pending_of(self, worker_id: str) -> list[PendingClaim]:
        """The worker's calls that wait, in all tiers."""
        waiting = itertools.chain.from_iterable(map(self._waiting, Tier))
        return [pending for pending in waiting if pending.worker.id == worker_id]

    def _waiting(self, tier: Tier) -> list[PendingClaim]:
        """Those that have no answer yet, the longest wait first."""
        return [pending for pending in self._pending[tier] if not pending.answer.done()]

    async def drain(self) -> None:
        """Answer every pending claim with nothing and pop no more."""
        self.is_draining = True
        for pending in itertools.chain.from_iterable(map(self._waiting, Tier)):
            pending.answer.set_result(None)
        await asyncio.gather(*self._match_loops.values(), return_exceptions=True)

    async def _withdraw(self, tier: Tier, pending: PendingClaim) -> Claim | None:
        """Stop waiting; the claim that was stamped at the last moment, if any."""
        with contextlib.suppress(ValueError):
            self._pending[tier].remove(pending)
        if not pending.answer.done():
            pending.answer.set_result(None)
        return pending.answer.result()

    def _ensure_match_loop(self, tier: Tier) -> None:
        loop = self._match_loops.get(tier)
        if loop is None or loop.done():
            self._match_loops[tier] = spawn(f"dispatch-{tier.value}", self._match_loop(tier))

    async def _match_loop(self, tier: Tier) -> None:
        """Pop and stamp while somebody waits."""
        while self._has_pending(tier):
            async with going_on(f"dispatch-{tier.value}"):
                try:
                    parked = self._parked_queues(tier)
                    job_id = await ids.wait_for_id(self._blocking, tier, POP_FOR_S, parked)
                    if job_id is not None:
                        await self._match(tier, job_id)
                except StoreUnavailable:
                    log.warning("dispatch_store_unavailable", tier=tier.value)
                    await asyncio.sleep(STORE_PAUSE_S)

    def _parked_queues(self, tier: Tier) -> set[ParkedQueue]:
        """The side queues that somebody who waits can serve."""
        workers = [each.worker for each in self._waiting(tier)]
        able = {(each.model, each.context_tokens, each.abilities) for each in workers}
        return {queue for each in able for queue in parked_queues_for(*each)}

    async def _match(self, tier: Tier, job_id: JobId) -> None:
        """Stamp the job for the best of the pending claims that can serve it."""
        needs, heard = Requirements(), set[str]()
        while (pending := self._next_pending(tier, needs, heard)) is not None:
            producer = pending.producer(is_choosy=await self._is_anybody_proven(tier))
            won = await claim_or_reason(self._jobs, job_id, producer)
            if isinstance(won, Claim):
                return await self._answer(tier, pending, won)
            if won is None:  # somebody else has it, or it ended: the wait goes on
                return
            if isinstance(won, OthersFirst):
                heard.add(pending.worker.voice)
            else:
                needs = won
        if heard:
            await ids.push_if_absent(self._jobs.redis, tier, job_id)
            await asyncio.sleep(OTHERS_FIRST_S)
        elif needs == Requirements():
            await ids.requeue(self._jobs.redis, tier, [job_id])
        else:
            await park(self._jobs.redis, tier, job_id, needs)

    async def _is_anybody_proven(self, tier: Tier) -> bool:
        """Whether a worker of the tier is there whose latest answer was whole."""
        live = await self._workers.live()
        return any(tier in each.tiers and each.measured_speed is not None for each in live)

    async def _answer(self, tier: Tier, pending: PendingClaim, claimed: Claim) -> None:
        with contextlib.suppress(ValueError):
            self._pending[tier].remove(pending)
        # Only a hint, for goodbyes; without it the lease frees the job.
        with contextlib.suppress(StoreUnavailable):
            generation, held = await self._workers.record_claim(pending.worker, claimed.job_id)
            is_over = generation > pending.generation
            if held > pending.worker.slots and not is_over:
                is_over = await self._count_held(pending.worker) > pending.worker.slots
            if is_over and not pending.answer.done():
                pending.answer.set_result(None)
        if pending.answer.done():
            await self.release_claim(pending.worker, claimed, counts=False)
        else:
            pending.answer.set_result(claimed)

    def _has_pending(self, tier: Tier) -> bool:
        """Whether a claim still waits; those that were answered meanwhile are dropped."""
        queue = self._pending[tier]
        while queue and queue[0].answer.done():
            queue.popleft()
        return bool(queue)

    async def _count_held(self, worker: "Worker") -> int:
        """How many claims a worker really holds; those that are over are forgotten."""
        noted = await self._workers.claims(worker)
        jobs = [(each, await get_job(self._jobs, JobId(each))) for each in noted]
        over = [each for each, job in jobs if job is None or not job.is_held_by(worker.id)]
        await self._workers.clear_claims(worker, *over)
        return len(noted) - len(over)

    def _next_pending(
        self, tier: Tier, needs: Requirements, heard: Container[str]
    ) -> PendingClaim | None:
        """The fastest of those whose worker can serve the needs, before any spare one; of equals,
        who waited longest."""
        able = (
            pending
            for pending in self._waiting(tier)
            if pending.worker.voice not in heard and pending.worker.fits(needs)
        )
        return max(able, key=lambda each: (not each.worker.is_spare, each.standing), default=None)
