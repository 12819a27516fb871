"""Side lanes of a queue: jobs whose turn came when only unfit workers waited.

Such a job leaves the queue, so that it blocks nobody and is not popped again and again by those
who cannot serve it. It waits in the lane of what it needs; a claim waits on the queue and on the
lanes that its worker can serve, lanes first, for their jobs had their turn already. Like the queues
they are hints: a lane that nobody comes to expires, and the job's deadline finds it.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, combinations
from typing import NamedTuple

from ashao.jobs import keys
from ashao.jobs.job import ANY_MODEL, JobId, Tier
from ashao.jobs.queue.requirements import Requirements, abilities_text
from ashao.jobs.store import load
from ashao.store.redis import Redis

_REQUEUE = load("requeue")

SIZES = tuple(256 << step for step in range(16))
PARKED_TTL_S = 900


class ParkedQueue(NamedTuple):
    """Jobs for a model, or any, that fit into a context of `size` tokens and need abilities."""

    model: str
    size: int
    abilities: frozenset[str] = frozenset()

    def key(self, tier: Tier) -> str:
        """Where its ids are kept; in the slot of the tier's queue."""
        return keys.parked(tier, self.model, self.size, abilities_text(self.abilities))


def parked_queue_of(needs: Requirements) -> ParkedQueue:
    """The lane that a job waits in."""
    fitting = (size for size in SIZES if size >= needs.context_tokens)
    return ParkedQueue(needs.model, next(fitting, SIZES[-1]), needs.abilities)


@lru_cache(maxsize=1024)
def parked_queues_for(
    model: str, context_tokens: int | None, abilities: frozenset[str] = frozenset()
) -> tuple[ParkedQueue, ...]:
    """The lanes that a worker can serve; None means that it did not say how long its context is."""
    return tuple(
        ParkedQueue(name, size, needed)
        for name in (model, ANY_MODEL)
        for needed in _subsets(abilities)
        for size in SIZES
        if context_tokens is None or size <= context_tokens
    )


def _subsets(words: frozenset[str]) -> Iterator[frozenset[str]]:
    """What jobs may need that a worker with all of these words can serve; they are few."""
    sizes = range(len(words) + 1)
    return map(frozenset, chain.from_iterable(combinations(sorted(words), size) for size in sizes))


async def park(redis: Redis, tier: Tier, job_id: JobId, needs: Requirements) -> None:
    """Put an id at the back of its lane. Raises StoreUnavailable."""
    key = parked_queue_of(needs).key(tier)
    await _REQUEUE.run(redis, [key], "back", job_id)
    await redis.expire(key, PARKED_TTL_S)
