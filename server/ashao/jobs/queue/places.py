"""The places of all ids in a queue, by one look: whoever waits at a process shares it.

In the store an id's place costs a walk along the queue; a thousand readers would walk it a
thousand times.
"""

import asyncio
from collections.abc import Mapping

import msgspec

from ashao.jobs.event import QueuedEvent
from ashao.jobs.job import JobId, JobView, Tier
from ashao.jobs.queue import eta, ids
from ashao.jobs.store import JobStore


class Places(msgspec.Struct, frozen=True):
    """How many ids are popped before each, and how long a place takes where that was measured."""

    positions: Mapping[str, int]
    ms_a_place: float | None

    def of(self, job_id: JobId) -> QueuedEvent | None:
        """What to tell a job's readers; None when it is in no queue."""
        position = self.positions.get(job_id)
        if position is None:
            return None
        wait_ms = None if self.ms_a_place is None else round((position + 1) * self.ms_a_place)
        return QueuedEvent(position=position, eta_ms=wait_ms)


async def read_places(store: JobStore, tier: Tier) -> Places:
    """The places as they are now. Raises StoreUnavailable."""
    last_first, pace = await asyncio.gather(
        ids.waiting(store.batcher, tier), eta.ms_a_place(store, tier)
    )
    return Places(dict(zip(last_first, range(len(last_first) - 1, -1, -1), strict=True)), pace)


async def place_in_queue(store: JobStore, job: JobView) -> QueuedEvent | None:
    """A job's place, by a look of its own. Raises StoreUnavailable."""
    return (await read_places(store, job.tier)).of(job.id)
