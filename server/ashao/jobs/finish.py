"""How a claim or a job ends: complete, fail, release, cancel. A job ends exactly once."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from ashao.errors import NoSuchJob
from ashao.jobs import deadlines, scripts
from ashao.jobs.codes import SENTENCES, EndCode, FailCode
from ashao.jobs.form import has_form
from ashao.jobs.job import JobId, ProducerId, Tier
from ashao.jobs.queue import ids
from ashao.jobs.store import JobStore, Reply, raise_refusal
from ashao.messages import Finish

# What becomes of a job whose claim is over: back in the queue, ready for a provider, or ended.
Placement = Literal["queued", "provider", "ended"]

SETTLE_LOOK_MS = 0  # a sweeper's next look finds what ended

_SENTENCES_JSON = msgspec.json.encode(SENTENCES).decode()


async def complete(
    store: JobStore,
    job_id: JobId,
    producer_id: ProducerId,
    attempt: int,
    seq: int | None = None,
    tokens: int | None = None,
    *,
    attempt_tokens: int | None = None,
    reason: Finish | None = None,
    is_trusted: bool = False,
) -> Literal["ok", "repeat", "empty", "unkept"]:
    """The answer is whole: done. "repeat" when this claim completed it before.

    "unkept" when it breaks the job's schema, though no budget cut it: that is a lost attempt.

    "empty" when a worker says so although nothing was said: that counts as a lost attempt, until
    another voice says the same, or one that `is_trusted`.
    `seq`, if given, must be the next one; `tokens`, the producer's own count of the answer, is kept
    for a cross-check. `reason` is why its model ended. `attempt_tokens` replaces what this
    attempt's pieces were thought to be.
    Raises NoSuchJob, StaleAttempt, SeqGap, JobEnded, StoreUnavailable.
    """
    call = scripts.Complete(
        producer=producer_id,
        attempt=attempt,
        seq=seq,
        tokens=tokens,
        attempt_tokens=attempt_tokens,
        reason=reason,
        trusted=1 if is_trusted else 0,
        judged=1 if reason == "length" else 0,
    )
    reply = await store.run(job_id, call)
    if reply == ["unjudged"]:
        if not await has_form(store, job_id, seq):
            await fail_attempt(store, job_id, producer_id, attempt, FailCode.ENGINE)
            return "unkept"
        reply = await store.run(job_id, msgspec.structs.replace(call, judged=1))
    match reply:
        case ["ok"]:
            await _tell_ended(store, job_id)
            return "ok"
        case ["repeat"]:
            return "repeat"
        case ["empty", *standing]:
            await place(store, job_id, standing)
            return "empty"
    raise_refusal(reply)


async def fail_attempt(
    store: JobStore,
    job_id: JobId,
    producer_id: ProducerId,
    attempt: int,
    code: FailCode,
    *,
    context_tokens: int | None = None,
    is_trusted: bool = False,
) -> Placement:
    """The producer gives up, which counts as an attempt.

    A provider's word that the request is at fault ends the job, and a worker's that `is_trusted`;
    any other's is noted. A job that was too long waits for a worker that holds `context_tokens`, or
    for providers only if that is None.
    Raises NoSuchJob, StaleAttempt, JobEnded, StoreUnavailable.
    """
    action = "longer" if context_tokens is not None else _action_after(code)
    end = EndCode(code) if code.is_jobs_fault else None
    reply = await store.run(
        job_id,
        scripts.Fail(
            producer=producer_id,
            attempt=attempt,
            code=code,
            action=action,
            end=end,
            sentence=SENTENCES[end] if end else None,
            context=context_tokens,
            trusted=1 if is_trusted else 0,
        ),
    )
    return await place(store, job_id, reply)


def _action_after(code: FailCode) -> Literal["again", "provider", "end"]:
    """A request that is itself at fault is not sent round the network."""
    if code is FailCode.CONTEXT_TOO_LONG:
        return "provider"
    return "end" if code.is_jobs_fault else "again"


async def release(
    store: JobStore,
    job_id: JobId,
    producer_id: ProducerId,
    attempt: int | None = None,
    *,
    counts: bool = False,
) -> Placement:
    """The producer hands its claim back; None means whichever attempt.

    With `counts` a worker's release is a lost attempt, unless the attempt gave a fair part of the
    answer (`Rules.fair_tokens`, `fair_start_ms`). Raises NoSuchJob, StaleAttempt, JobEnded,
    StoreUnavailable.
    """
    script = scripts.Release(producer=producer_id, attempt=attempt, counts=1 if counts else 0)
    reply = await store.run(job_id, script)
    return await place(store, job_id, reply)


async def revoke(store: JobStore, job_id: JobId, attempt: int) -> None:
    """Take a claim from a producer that has not spoken yet, so that a provider may claim at once.

    Raises NoSuchJob, StaleAttempt when it spoke or is gone, JobEnded, StoreUnavailable.
    """
    reply = await store.run(job_id, scripts.Release(producer=None, attempt=attempt, counts=0))
    if reply[0] == "refused":
        raise_refusal(reply[1:])
    await deadlines.schedule(store, job_id, reply[1])


async def cancel(store: JobStore, job_id: JobId) -> bool:
    """End the job as failed, "cancelled"; False when it had ended. Ownership is the caller's check.

    Raises NoSuchJob, StoreUnavailable.
    """
    return await _fail_job(store, job_id, "any", EndCode.CANCELLED)


async def interrupt(store: JobStore, job_id: JobId) -> bool:
    """End the job as failed, for its only reader's process leaves; False when it had ended.

    Raises NoSuchJob, StoreUnavailable.
    """
    return await _fail_job(store, job_id, "any", EndCode.RESTARTED)


async def give_up(store: JobStore, job_id: JobId, providers: Iterable[ProducerId]) -> bool:
    """End a queued job that is out of attempts, when each of these providers has tried.

    False when somebody may still take it, or has. Raises NoSuchJob, StoreUnavailable.
    """
    return await _fail_job(store, job_id, "unservable", None, tuple(providers))


async def _fail_job(
    store: JobStore,
    job_id: JobId,
    condition: Literal["any", "unservable"],
    code: EndCode | None,
    providers: tuple[ProducerId, ...] = (),
) -> bool:
    reply = await store.run(
        job_id,
        scripts.FailJob(
            condition=condition, sentences=_SENTENCES_JSON, code=code, providers=providers
        ),
    )
    if reply[0] == "missing":
        raise NoSuchJob
    if reply[0] == "no":
        return False
    await _tell_ended(store, job_id)
    await ids.remove(store.redis, Tier(reply[1]), job_id)
    return True


async def place(store: JobStore, job_id: JobId, reply: Reply) -> Placement:
    """Act on where a job stands after a loss: its id to the front, a deadline for the next look."""
    if reply[0] == "refused":
        raise_refusal(reply[1:])
    word, delay_ms, tier, is_open = reply
    if word == "ended":
        await _tell_ended(store, job_id)
    else:
        await deadlines.schedule(store, job_id, delay_ms)
    if is_open:
        await ids.requeue(store.redis, Tier(tier), [job_id])
    placement: Placement = word
    return placement


async def _tell_ended(store: JobStore, job_id: JobId) -> None:
    """Have the job settled: at once by whoever listens here, or else by the next sweeper."""
    await deadlines.schedule(store, job_id, SETTLE_LOOK_MS)
    if store.on_ended is not None:
        store.on_ended(job_id)
