"""Looks at the jobs whose deadline has come: finds lapsed claims, lost pushes and ended jobs.

Any number of processes may sweep at once. What is due for others is returned, never called.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal

import msgspec

from ashao.errors import StoreUnavailable
from ashao.jobs import deadlines, queue_ids
from ashao.jobs.endings import SENTENCES, EndCode
from ashao.jobs.job import JobId, ProducerId, Tier
from ashao.jobs.scripts import JobStore, Reply

BATCH = 100
HOLD_MS = 2_000  # how soon another sweeper takes over what a dying one had in hand
MISSING_MS = 60_000

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
    """What is due of a shard; and what kept the sweeper from looking at the rest.

    Of a Cluster one node may be away. What was not looked at comes again.
    """

    due: list[Due]
    failures: list[BaseException]


async def sweep(store: JobStore, shard: int) -> Swept:
    """Look at up to BATCH due jobs of one shard."""
    try:
        held, members = await deadlines.take_due(store, shard, BATCH, HOLD_MS)
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
    reply = await store.run("sweep", job_id, end, SENTENCES[end])
    if reply[0] == "missing":
        return await _miss(store, job_id, member, held)
    if member != job_id:
        await deadlines.mark_found(store, job_id)
        held = ""
    if reply[0] == "settled":
        await deadlines.forget(store, job_id)
        return []
    return await _act(store, job_id, reply, held)


async def _act(store: JobStore, job_id: JobId, reply: Reply, held: str) -> list[Due]:
    """Put a waiting id where it belongs, set the next look, say what is due."""
    word, delay_ms, tier, is_open, *lost_by = reply
    if is_open:  # its push or its pop may be lost
        await queue_ids.put_back(store.redis, Tier(tier), [job_id])
    await deadlines.remind_unless_moved(store, job_id, job_id, delay_ms, held)
    dues = [Due(job_id, Tier(tier), "lapsed", ProducerId(worker)) for worker in lost_by]
    match word:
        case "provider" | "ended":
            dues.append(Due(job_id, Tier(tier), word))
    return dues


async def _miss(store: JobStore, job_id: JobId, member: str, held: str) -> list[Due]:
    """The first time, a minute's patience: the hash may be on its way. Then it is due."""
    if member == job_id:
        await deadlines.mark_missing(store, job_id, MISSING_MS)
        return []
    await deadlines.remind_unless_moved(store, job_id, member, MISSING_MS, held)
    return [Due(job_id, None, "missing")]
