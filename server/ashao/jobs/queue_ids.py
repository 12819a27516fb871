"""The queues of ids: hints about which jobs wait. A lost or doubled id does no harm.

So what is written here fails silently: a queue that is away, in a Cluster perhaps alone, undoes
nothing that was said of a job, whose deadline finds it.

In at the left, out at the right; the front of the queue is the right end. The jobs of somebody who
has many already are patient: they wait in a list of their own, which is popped when the queue is
empty, so that a hundred jobs of one person do not starve the one of another.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.job import JobId, Tier
from ashao.jobs.lanes import Lane
from ashao.jobs.scripts import Script
from ashao.store.courier import Courier
from ashao.store.redis import Redis, answering

_PUT_BACK = Script.load("put_back")
_POSITION = Script.load("position")

TURN_S = 0.1  # queues lie in different Cluster slots, so several are waited for by turns
PATIENCE_S = 2.0  # how much later than asked a store that lives may answer


async def wait_for_id(
    redis: Redis, tiers: Sequence[Tier], timeout_s: float, lanes: Collection[Lane] = ()
) -> tuple[Tier, JobId] | None:
    """Pop the next id, waiting up to `timeout_s`; None when none came. Lanes come first.

    `redis` must be a connection made for blocking calls. Raises StoreUnavailable.
    """
    end = asyncio.get_running_loop().time() + timeout_s
    while True:
        for tier in tiers:
            left = max(end - asyncio.get_running_loop().time(), 0.01)
            turn = left if len(tiers) == 1 else min(TURN_S, left)
            if (job_id := await _pop(redis, tier, lanes, turn)) is not None:
                return tier, job_id
        if asyncio.get_running_loop().time() >= end:
            return None


async def _pop(redis: Redis, tier: Tier, lanes: Collection[Lane], timeout_s: float) -> JobId | None:
    names = [*(lane.key(tier) for lane in lanes), *_lists(tier)]
    with answering():
        try:
            async with asyncio.timeout(timeout_s + PATIENCE_S):
                popped = await redis.brpop(names, timeout=timeout_s)
        except TimeoutError as error:
            raise StoreUnavailable from error
    return JobId(str(popped[1])) if popped else None


async def push(redis: Redis, tier: Tier, job_id: JobId, *, is_patient: bool = False) -> None:
    """A new job goes to the back, a patient one behind all others."""
    with suppress(StoreUnavailable), answering():
        await redis.lpush(keys.later(tier) if is_patient else keys.queue(tier), job_id)


async def push_unless_there(redis: Redis, tier: Tier, job_id: JobId) -> None:
    """The same for an id that may have been pushed already."""
    with suppress(StoreUnavailable):
        await _PUT_BACK.run(redis, _lists(tier), "back", job_id)


async def put_back(redis: Redis, tier: Tier, ids: Iterable[JobId]) -> None:
    """Ids go to the front, the first one to be popped first.

    An id that is in the queue already stays where it is.
    """
    wanted = list(ids)
    with suppress(StoreUnavailable):
        await _PUT_BACK.run(redis, _lists(tier), "front", *wanted)


async def remove(redis: Redis, tier: Tier, job_id: JobId) -> None:
    """Take an id out, so that positions are true."""
    with suppress(StoreUnavailable), answering():
        for name in _lists(tier):
            await redis.lrem(name, 0, job_id)


async def position(courier: Courier, tier: Tier, job_id: JobId) -> int | None:
    """How many ids are popped before this one; None when it is not in the queue.

    Every reader who waits asks each second. Raises StoreUnavailable.
    """
    found: int | None = await _POSITION.send(courier.execute, _lists(tier), job_id)
    return found


async def length(redis: Redis, tier: Tier) -> int:
    """How many ids wait. Raises StoreUnavailable."""
    with answering():
        return sum([int(await redis.llen(name)) for name in _lists(tier)])


def _lists(tier: Tier) -> list[str]:
    """The queue, and what is popped when it is empty."""
    return [keys.queue(tier), keys.later(tier)]
