"""A job begins: deadline, hash with messages, push. A crash between them loses nothing.

The first two may be written in either order, for who charges for a job announces it before.
"""

import asyncio

import msgspec

from ashao.errors import JobEnded
from ashao.jobs import deadlines, scripts
from ashao.jobs.job import JobId, NewJob
from ashao.jobs.queue import ids
from ashao.jobs.queue.requirements import abilities_text
from ashao.jobs.store import JobStore

WRITTEN_WITHIN_MS = 1_000  # a sweeper that looks before the hash is there takes it for missing


async def enqueue(store: JobStore, job: NewJob) -> None:
    """Queue a job. The same id again changes nothing.

    Raises JobEnded when the id was refused (its charge is paid back), StoreUnavailable.
    """
    first_look_ms = 0 if job.no_worker else min(store.rules.grace_ms, store.rules.lease_ms)
    messages = msgspec.json.encode(job.messages).decode()
    _, (word, *_) = await asyncio.gather(
        deadlines.schedule(store, job.id, max(first_look_ms, WRITTEN_WITHIN_MS)),
        store.run(job.id, scripts.Enqueue(messages=messages, fields=_fields(job))),
    )
    if word == "refunded":
        await deadlines.unschedule(store, job.id)
        raise JobEnded(0)
    if first_look_ms < WRITTEN_WITHIN_MS:
        await deadlines.schedule(store, job.id, first_look_ms)
    if job.no_worker:
        return
    if word == "created":
        await ids.push(store.redis, job.tier, job.id, low_priority=job.low_priority)
    elif word == "queued":  # whoever wrote it may have died before the push
        await ids.push_if_absent(store.redis, job.tier, job.id)


async def announce(store: JobStore, job_id: JobId) -> None:
    """Have the sweeper look after an id before anything is paid for it.

    A charge whose job never came is so found and paid back. Raises StoreUnavailable.
    """
    await deadlines.schedule(store, job_id, store.rules.lease_ms)


async def tombstone(store: JobStore, job_id: JobId) -> bool:
    """Forbid an id for ever, to pay its charge back; False when its job exists.

    The sweeper keeps coming to it, as to a missing job, until `deadlines.forget` says that it was
    paid back. Raises StoreUnavailable.
    """
    word, *_ = await store.run(job_id, scripts.Tombstone())
    return bool(word == "refused")


def _fields(job: NewJob) -> tuple[str | int, ...]:
    """The hash's first fields and values, in turn."""
    fields: dict[str, str | int] = {
        "id": job.id,
        "userId": job.user_id,
        "tier": job.tier,
        "model": job.model,
        "params": msgspec.json.encode(job.params).decode(),
        "charge": job.charge,
        "noWorker": int(job.no_worker),
        "contextTokens": job.context_tokens,
    }
    if job.conversation_id is not None:
        fields["conversationId"] = job.conversation_id
    if job.params.abilities:
        fields["abilities"] = abilities_text(job.params.abilities)
    if job.params.max_tokens is not None:
        fields["maxTokens"] = job.params.max_tokens
    return tuple(part for pair in fields.items() for part in pair)
