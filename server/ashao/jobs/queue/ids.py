"""The queues of ids: hints about which jobs wait. A lost or doubled id does no harm.

So what is written here fails silently: a queue that is away, in a Cluster perhaps alone, undoes
nothing that was said of a job, whose deadline finds it.

In at the left, out at the right; the front of the queue is the right end. The jobs of somebody who
has many already are patient: they wait in a list of their own, which is popped when the queue is
empty, so that a hundred jobs of one person do not starve the one of another.
"""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress

from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.job import JobId, Tier
from ashao.jobs.queue.parked import ParkedQueue
from ashao.jobs.store import load
from ashao.store.batching import CommandBatcher
from ashao.store.redis import Redis

_REQUEUE = load("requeue")

REPLY_SLACK_S = 2.0  # how much later than asked a store that lives may answer


async def wait_for_id(
    redis: Redis, tier: Tier, timeout_s: float, lanes: Collection[ParkedQueue] = ()
) -> JobId | None:
    """Pop the next id, waiting up to `timeout_s`; None when none came. Lanes come first.

    `redis` must be a connection made for blocking calls, and `timeout_s` more than 0, which to the
    store means for ever. Raises StoreUnavailable.
    """
    names = [*(lane.key(tier) for lane in lanes), *_lists(tier)]
    try:
        async with asyncio.timeout(timeout_s + REPLY_SLACK_S):
            popped = await redis.brpop(names, timeout=timeout_s)
    except TimeoutError as error:
        raise StoreUnavailable from error
    return JobId(str(popped[1])) if popped else None


async def push(redis: Redis, tier: Tier, job_id: JobId, *, low_priority: bool = False) -> None:
    """A new job goes to the back, a patient one behind all others."""
    with suppress(StoreUnavailable):
        await redis.lpush(keys.low_priority(tier) if low_priority else keys.queue(tier), job_id)


async def push_if_absent(redis: Redis, tier: Tier, job_id: JobId) -> None:
    """The same for an id that may have been pushed already."""
    with suppress(StoreUnavailable):
        await _REQUEUE.run(redis, _lists(tier), "back", job_id)


async def requeue(redis: Redis, tier: Tier, ids: Iterable[JobId]) -> None:
    """Ids go to the front, the first one to be popped first.

    An id that is in the queue already stays where it is.
    """
    wanted = list(ids)
    with suppress(StoreUnavailable):
        await _REQUEUE.run(redis, _lists(tier), "front", *wanted)


async def remove(redis: Redis, tier: Tier, job_id: JobId) -> None:
    """Take an id out, so that positions are true."""
    with suppress(StoreUnavailable):
        async with redis.pipeline(transaction=False) as pipeline:
            for name in _lists(tier):
                pipeline.lrem(name, 0, job_id)
            await pipeline.execute()


async def waiting(batcher: CommandBatcher, tier: Tier) -> list[str]:
    """All ids, from the one that is popped last to the next one. Raises StoreUnavailable."""
    later, queue = await asyncio.gather(
        *(batcher.execute("LRANGE", name, 0, -1) for name in reversed(_lists(tier)))
    )
    return [*later, *queue]


async def length(redis: Redis, tier: Tier) -> int:
    """How many ids wait. Raises StoreUnavailable."""
    return sum([int(await redis.llen(name)) for name in _lists(tier)])


def _lists(tier: Tier) -> list[str]:
    """The queue, and what is popped when it is empty."""
    return [keys.queue(tier), keys.low_priority(tier)]
