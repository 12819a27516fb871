"""Hands queued jobs to waiting claims: one blocking pop per tier per process.

It pops only while a claim waits. A popped id is stamped for the fastest worker that can serve it,
among equals for the claim that waited longest; an id that nobody waits for any more goes back to
the front, one that only others can serve into a side lane (jobs/lanes.py). A process that dies in
between loses nothing: the job's deadline finds it.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from ashao.errors import Fence, NoSuchJob, StoreUnavailable
from ashao.jobs import finish, queue_ids
from ashao.jobs.claim import claim_if_fit
from ashao.jobs.job import Claim, JobId, Producer, ProducerId, Tier
from ashao.jobs.lanes import Lane, lanes_for, set_aside
from ashao.jobs.needs import Needs

if TYPE_CHECKING:
    from ashao.jobs.scripts import JobStore
    from ashao.producers.workers import Worker, Workers
    from ashao.store.redis import Redis

log = structlog.get_logger(__name__)

# A pop blocks this long at most, so that a stop is noticed soon.
POP_FOR_S = 1.0
STORE_PAUSE_S = 0.25


class Waiting:
    """One claim call that waits; `goodbyes` is how many its worker had said when it came."""

    def __init__(self, worker: "Worker", goodbyes: int) -> None:
        self.worker = worker
        self.goodbyes = goodbyes
        self.answer: asyncio.Future[Claim | None] = asyncio.get_running_loop().create_future()


class Dispatch:
    """The waiting claims of this process, by tier."""

    def __init__(self, jobs: "JobStore", blocking: "Redis", workers: "Workers") -> None:
        self._jobs = jobs
        self._blocking = blocking
        self._workers = workers
        self._waiting: dict[Tier, deque[Waiting]] = {tier: deque() for tier in Tier}
        self._pumps: dict[Tier, asyncio.Task[None]] = {}
        self.is_draining = False

    async def claim(
        self, worker: "Worker", tier: Tier, wait_s: float, goodbyes: int = 0
    ) -> Claim | None:
        """Wait for a job. When the caller is cancelled, a job stamped meanwhile is released.

        Nothing comes once the worker has said more goodbyes than these, at whichever process.
        """
        if self.is_draining:
            return None
        waiting = Waiting(worker, goodbyes)
        self._waiting[tier].append(waiting)
        self._keep_pumping(tier)
        try:
            async with asyncio.timeout(wait_s if wait_s > 0 else POP_FOR_S / 4):
                return await asyncio.shield(waiting.answer)
        except TimeoutError:
            return await self._leave(tier, waiting)
        except asyncio.CancelledError:
            if (claimed := await self._leave(tier, waiting)) is not None:
                await self.give_back(worker, claimed)
            raise

    async def give_back(self, worker: "Worker", claimed: Claim) -> None:
        """The worker went away before its answer was sent: free the claim, front of the queue."""
        await self.release(worker, [(claimed.job_id, claimed.attempt)])

    async def release(self, worker: "Worker", held: Sequence[tuple[JobId, int | None]]) -> int:
        """Free these claims of a worker; how many were really its own."""
        released = 0
        for job_id, attempt in held:
            try:
                await finish.release(self._jobs, job_id, producer_of(worker).id, attempt)
                released += 1
            except (Fence, NoSuchJob):
                # Over already, or another's: there is nothing to free.
                continue
        with contextlib.suppress(StoreUnavailable):  # only a hint
            await self._workers.over(worker, *(job_id for job_id, _ in held))
        return released

    async def release_all(self, worker: "Worker") -> int:
        """The worker said goodbye: its waiting claims end and all that it holds is freed."""
        self._end_waits_of(worker.id)
        await self._workers.gone(worker)  # first: what is handed over from now on comes back
        held = await self._workers.claims(worker)
        return await self.release(worker, [(JobId(job_id), None) for job_id in held])

    def _end_waits_of(self, worker_id: str) -> None:
        for queue in self._waiting.values():
            for waiting in queue:
                if waiting.worker.id == worker_id and not waiting.answer.done():
                    waiting.answer.set_result(None)

    async def drain(self) -> None:
        """Answer every waiting claim with nothing and pop no more."""
        self.is_draining = True
        for queue in self._waiting.values():
            for waiting in queue:
                if not waiting.answer.done():
                    waiting.answer.set_result(None)
        await asyncio.gather(*self._pumps.values(), return_exceptions=True)

    async def _leave(self, tier: Tier, waiting: Waiting) -> Claim | None:
        """Stop waiting; the claim that was stamped at the last moment, if any."""
        with contextlib.suppress(ValueError):
            self._waiting[tier].remove(waiting)
        if not waiting.answer.done():
            waiting.answer.set_result(None)
        return waiting.answer.result()

    def _keep_pumping(self, tier: Tier) -> None:
        pump = self._pumps.get(tier)
        if pump is None or pump.done():
            self._pumps[tier] = asyncio.create_task(self._pump(tier), name=f"dispatch-{tier}")

    async def _pump(self, tier: Tier) -> None:
        """Pop and stamp while somebody waits."""
        while self._is_waited_for(tier):
            try:
                lanes = self._lanes(tier)
                popped = await queue_ids.wait_for_id(self._blocking, [tier], POP_FOR_S, lanes)
                if popped is not None:
                    await self._hand_over(tier, popped[1])
            except StoreUnavailable:
                log.warning("dispatch_store_unavailable", tier=tier.value)
                await asyncio.sleep(STORE_PAUSE_S)

    def _lanes(self, tier: Tier) -> set[Lane]:
        """The side lanes that somebody who waits can serve."""
        workers = {each.worker for each in self._waiting[tier] if not each.answer.done()}
        able = {(worker.model, worker.context_tokens) for worker in workers}
        return {lane for each in able for lane in lanes_for(*each)}

    async def _hand_over(self, tier: Tier, job_id: JobId) -> None:
        """Stamp the job for the first of the waiting claims that can serve it."""
        needs = Needs()
        while (waiting := self._next_waiting(tier, needs)) is not None:
            won = await claim_if_fit(self._jobs, job_id, producer_of(waiting.worker))
            if isinstance(won, Claim):
                return await self._answer(tier, waiting, won)
            if won is None:  # somebody else has it, or it ended: the wait goes on
                return
            needs = won
        if needs == Needs():
            await queue_ids.put_back(self._jobs.redis, tier, [job_id])
        else:
            await set_aside(self._jobs.redis, tier, job_id, needs)

    async def _answer(self, tier: Tier, waiting: Waiting, claimed: Claim) -> None:
        with contextlib.suppress(ValueError):
            self._waiting[tier].remove(waiting)
        # Only a hint, for goodbyes; without it the lease frees the job.
        with contextlib.suppress(StoreUnavailable):
            goodbyes = await self._workers.holds(waiting.worker, claimed.job_id)
            if goodbyes > waiting.goodbyes and not waiting.answer.done():
                waiting.answer.set_result(None)
        if waiting.answer.done():
            await self.give_back(waiting.worker, claimed)
        else:
            waiting.answer.set_result(claimed)

    def _is_waited_for(self, tier: Tier) -> bool:
        """Whether a claim still waits; those that were answered meanwhile are dropped."""
        queue = self._waiting[tier]
        while queue and queue[0].answer.done():
            queue.popleft()
        return bool(queue)

    def _next_waiting(self, tier: Tier, needs: Needs) -> Waiting | None:
        """The fastest of those whose worker can serve the needs; of equals, who waited longest."""
        able = (
            waiting
            for waiting in self._waiting[tier]
            if not waiting.answer.done()
            and needs.fit(waiting.worker.model, waiting.worker.context_tokens)
        )
        return max(able, key=lambda each: each.worker.speed, default=None)


def producer_of(worker: "Worker") -> Producer:
    """The worker as the jobs know it."""
    return Producer(ProducerId(worker.id), "worker", worker.model, worker.context_tokens)
