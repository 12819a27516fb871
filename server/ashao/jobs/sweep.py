"""Looks at the jobs whose deadline has come: finds lapsed claims, lost pushes and ended jobs.

Any number of processes may sweep at once. What is due for others is returned, never called.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal

import msgspec
from redis.asyncio import RedisCluster

from ashao.errors import StoreUnavailable
from ashao.jobs import deadlines, keys, scripts
from ashao.jobs.codes import SENTENCES, EndCode
from ashao.jobs.job import JobId, ProducerId, Tier
from ashao.jobs.queue import ids
from ashao.jobs.store import JobStore, Reply

BATCH = 100
HOLD_MS = 2_000  # how soon another sweeper takes over what a dying one had in hand
MISSING_MS = deadlines.LONGEST_LOOK_MS

Reason = Literal["provider", "ended", "missing", "lapsed"]


class Due(msgspec.Struct, frozen=True):
    """A job that somebody must act on.

    "provider": one may claim it now. "ended": settle it. "missing": a deadline without a hash for
    a minute, so the job was never written or is long gone: pay back what was taken for it.
    "lapsed": `lost_by`, a worker, fell silent or stuck; the job itself is back in the queue.
    """

    job_id: JobId
    tier: Tier | None
    reason: Reason
    lost_by: ProducerId | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    """What is due of some shards; and what kept the sweeper from looking at the rest.

    Of a Cluster one node may be away. What was not looked at comes again.
    """

    due: list[Due]
    failures: list[BaseException]


async def sweep_all(store: JobStore) -> list[Swept]:
    """Look at every shard: all at once, or one by one where each may lie on another node."""
    if isinstance(store.redis, RedisCluster):
        return await asyncio.gather(*(sweep(store, shard) for shard in keys.SHARDS))
    return [await sweep(store, *keys.SHARDS)]


async def sweep(store: JobStore, *shards: int) -> Swept:
    """Look at up to BATCH due jobs of each of these shards."""
    try:
        held, members = await deadlines.take_due(store, shards, BATCH, HOLD_MS)
    except StoreUnavailable as error:
        return Swept([], [error])
    looks = (_look(store, member, held) for member in members)
    swept = Swept([], [])
    for found in await asyncio.gather(*looks, return_exceptions=True):
        if isinstance(found, BaseException):
            swept.failures.append(found)
        else:
            swept.due.extend(found)
    return swept


async def _look(store: JobStore, member: str, held: str) -> list[Due]:
    job_id = JobId(member.removeprefix(deadlines.MISSING))
    end = EndCode.NO_PRODUCER
    reply = await store.run(job_id, scripts.Sweep(code=end, sentence=SENTENCES[end]))
    if reply[0] == "missing":
        return await _miss(store, job_id, member, held)
    if reply[0] == "settled":
        await ids.remove(store.redis, Tier(reply[2]), job_id)
        await deadlines.unschedule(store, job_id)
        return []
    if member == job_id:
        return await _act(store, job_id, reply, held)
    dues = await _act(store, job_id, reply, deadlines.ABSENT)
    await deadlines.mark_found(store, job_id)
    return dues


async def _act(store: JobStore, job_id: JobId, reply: Reply, held: str) -> list[Due]:
    """Put a waiting id where it belongs, set the next look, say what is due.

    However a job ended, it comes by here: then its id leaves the queue, where it is no one's turn.
    """
    word, delay_ms, tier, is_open, *lost_by = reply
    if is_open:  # its push or its pop may be lost
        await ids.requeue(store.redis, Tier(tier), [job_id])
    elif word == "ended":
        await ids.remove(store.redis, Tier(tier), job_id)
    await deadlines.reschedule_unless_moved(store, job_id, job_id, delay_ms, held)
    dues = [Due(job_id, Tier(tier), "lapsed", ProducerId(worker)) for worker in lost_by]
    match word:
        case "provider" | "ended":
            dues.append(Due(job_id, Tier(tier), word))
    return dues


async def _miss(store: JobStore, job_id: JobId, member: str, held: str) -> list[Due]:
    """The first time, a minute's patience: the hash may be on its way. Then it is due."""
    if member == job_id:
        await deadlines.mark_missing(store, job_id, MISSING_MS, held)
        return []
    for tier in Tier:
        await ids.remove(store.redis, tier, job_id)
    await deadlines.reschedule_unless_moved(store, job_id, member, MISSING_MS, held)
    return [Due(job_id, None, "missing")]
