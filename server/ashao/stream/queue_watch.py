"""The readers of this process whose jobs wait, and what they are told: one look at a queue for all.

A look begins after whoever asks for it, so that a job that was queued just now is seen; all who ask
while one goes on share the next.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ashao.errors import StoreUnavailable
from ashao.jobs.event import QueuedEvent
from ashao.jobs.job import JobId, JobView, Tier
from ashao.jobs.queue.places import Places, read_places
from ashao.jobs.store import JobStore
from ashao.tasks import cancel_and_join, spawn

PAUSES = 9  # of the time that a look took: however long a queue is, this is a tenth of the time
LONGEST_PAUSE_S = 0.5
A_STEP = 100  # the part of a way that is news: who is far behind is not told of each place

type Tell = Callable[[QueuedEvent], None]


class Waiting:
    """A reader that waits, and the place that it was told last."""

    def __init__(self, job_id: JobId, tell: Tell, told: QueuedEvent | None) -> None:
        self._job_id = job_id
        self._tell = tell
        self._told = told

    def look(self, places: Places) -> None:
        """Tell the place if it is a step from the one told; an estimate alone is no news."""
        position = places.positions.get(self._job_id)
        told = None if self._told is None else self._told.position
        if position is None or (told is not None and _is_near(position, told)):
            return
        self._told = places.of(self._job_id)
        if self._told is not None:
            self._tell(self._told)


def _is_near(position: int, told: int) -> bool:
    return abs(position - told) < max(1, told / A_STEP)


class WatchedQueue:
    """One tier's queue, with those who wait in it."""

    def __init__(self, tier: Tier) -> None:
        self._tier = tier
        self._waiting: set[Waiting] = set()
        self._watching: asyncio.Task[None] | None = None
        self._next: asyncio.Task[Places] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._rests_until = 0.0

    async def aclose(self) -> None:
        """Look no more."""
        tasks = (self._watching, self._next)
        await cancel_and_join(*(each for each in tasks if each is not None))

    async def places(self, jobs: JobStore) -> Places:
        """By a look that begins after this call. Raises StoreUnavailable."""
        if self._next is None:
            self._next = spawn("queue-look", self._look(jobs), handled=(Exception,))
        return await asyncio.shield(self._next)

    async def _look(self, jobs: JobStore) -> Places:
        loop = asyncio.get_running_loop()
        async with self._one_at_a_time:
            await asyncio.sleep(self._rests_until - loop.time())
            self._next = None
            begun = loop.time()
            places = await read_places(jobs, self._tier)
            took_s = loop.time() - begun
            self._rests_until = loop.time() + min(PAUSES * took_s, LONGEST_PAUSE_S)
            return places

    @contextmanager
    def told(self, jobs: JobStore, waiting: Waiting, every_s: float) -> Iterator[None]:
        """Have somebody told of each new place, looking so often."""
        self._waiting.add(waiting)
        if self._watching is None:
            self._watching = spawn("queue-watch", self._watch(jobs, every_s))
        try:
            yield
        finally:
            self._waiting.discard(waiting)

    async def _watch(self, jobs: JobStore, every_s: float) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(every_s)
                with suppress(StoreUnavailable):
                    places = await self.places(jobs)
                    for waiting in tuple(self._waiting):
                        waiting.look(places)
        finally:
            self._watching = None


class QueueWatch:
    """The queues of all tiers."""

    def __init__(self) -> None:
        self._queues = {tier: WatchedQueue(tier) for tier in Tier}

    async def aclose(self) -> None:
        """Look no more."""
        await asyncio.gather(*(queue.aclose() for queue in self._queues.values()))

    async def place(self, jobs: JobStore, job: JobView) -> QueuedEvent | None:
        """The job's place now, None when it is in no queue. Raises StoreUnavailable."""
        return (await self._queues[job.tier].places(jobs)).of(job.id)

    @contextmanager
    def told(
        self, jobs: JobStore, job: JobView, tell: Tell, told: QueuedEvent | None, every_s: float
    ) -> Iterator[None]:
        """Have `tell` called when the job's place is another than the one told.

        A job that no worker can serve is in no queue, and nothing is told of it.
        """
        waiting = Waiting(job.id, tell, told)
        with self._queues[job.tier].told(jobs, waiting, every_s):
            yield
