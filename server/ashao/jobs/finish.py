"""How a claim or a job ends: complete, fail, release, cancel. A job ends exactly once."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from ashao.errors import NoSuchJob
from ashao.jobs import deadlines, queue_ids
from ashao.jobs.endings import SENTENCES, EndCode, FailCode
from ashao.jobs.events import Finish
from ashao.jobs.job import JobId, ProducerId, Tier
from ashao.jobs.scripts import JobStore, Reply, refuse

# What becomes of a job whose claim is over: back in the queue, ready for a provider, or ended.
Outcome = Literal["queued", "provider", "ended"]

SETTLE_LOOK_MS = 0  # the sweeper settles what ended, at its next look

_ACTIONS = {FailCode.CONTEXT_TOO_LONG: "provider"}
# A request that is itself at fault is not sent round the network.
_ENDS = {FailCode.BAD_REQUEST: EndCode.BAD_REQUEST, FailCode.REFUSED: EndCode.REFUSED}
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
) -> Literal["ok", "repeat"]:
    """The answer is whole: done. "repeat" when this claim completed it before.

    `seq`, if given, must be the next one; `tokens`, the producer's own count of the answer, is kept
    for a cross-check. `attempt_tokens` replaces what this attempt's pieces were thought to be.
    Raises NoSuchJob, StaleAttempt, SeqGap, JobEnded, StoreUnavailable.
    """
    reply = await store.run(
        "complete",
        job_id,
        producer_id,
        attempt,
        "" if seq is None else seq,
        "" if tokens is None else tokens,
        "" if attempt_tokens is None else attempt_tokens,
        reason or "",
    )
    match reply:
        case ["ok"]:
            await deadlines.remind(store, job_id, SETTLE_LOOK_MS)
            return "ok"
        case ["repeat"]:
            return "repeat"
    refuse(reply)


async def fail_attempt(
    store: JobStore, job_id: JobId, producer_id: ProducerId, attempt: int, code: FailCode
) -> Outcome:
    """The producer gives up, which counts as an attempt.

    A bad request ends the job; one too long for workers waits for providers only.
    Raises NoSuchJob, StaleAttempt, JobEnded, StoreUnavailable.
    """
    end = _ENDS.get(code, EndCode.BAD_REQUEST)
    action = "end" if code in _ENDS else _ACTIONS.get(code, "again")
    reply = await store.run("fail", job_id, producer_id, attempt, code, action, end, SENTENCES[end])
    return await _place(store, job_id, reply)


async def release(
    store: JobStore, job_id: JobId, producer_id: ProducerId, attempt: int | None = None
) -> Outcome:
    """The producer hands its claim back, which does not count; None means whichever attempt.

    Raises NoSuchJob, StaleAttempt, JobEnded, StoreUnavailable.
    """
    held = "" if attempt is None else attempt
    return await _place(store, job_id, await store.run("release", job_id, producer_id, held))


async def revoke(store: JobStore, job_id: JobId, attempt: int) -> None:
    """Take a claim from a producer that has not spoken yet, so that a provider may claim at once.

    Raises NoSuchJob, StaleAttempt when it spoke or is gone, JobEnded, StoreUnavailable.
    """
    reply = await store.run("release", job_id, "", attempt)
    if reply[0] == "refused":
        refuse(reply[1:])
    await deadlines.remind(store, job_id, reply[1])


async def cancel(store: JobStore, job_id: JobId) -> bool:
    """End the job as failed, "cancelled"; False when it had ended. Ownership is the caller's check.

    Raises NoSuchJob, StoreUnavailable.
    """
    return await _fail_job(store, job_id, "any", EndCode.CANCELLED)


async def break_off(store: JobStore, job_id: JobId) -> bool:
    """End the job as failed, for its only reader's process leaves; False when it had ended.

    Raises NoSuchJob, StoreUnavailable.
    """
    return await _fail_job(store, job_id, "any", EndCode.RESTARTED)


async def give_up(store: JobStore, job_id: JobId, providers: Iterable[ProducerId]) -> bool:
    """End a queued job that is out of attempts, when each of these providers has tried.

    False when somebody may still take it, or has. Raises NoSuchJob, StoreUnavailable.
    """
    return await _fail_job(store, job_id, "unservable", "", *providers)


async def _fail_job(
    store: JobStore,
    job_id: JobId,
    condition: Literal["any", "unservable"],
    code: str,
    *providers: ProducerId,
) -> bool:
    reply = await store.run("fail_job", job_id, condition, _SENTENCES_JSON, code, *providers)
    if reply[0] == "missing":
        raise NoSuchJob
    if reply[0] == "no":
        return False
    await deadlines.remind(store, job_id, SETTLE_LOOK_MS)
    await queue_ids.remove(store.redis, Tier(reply[1]), job_id)
    return True


async def _place(store: JobStore, job_id: JobId, reply: Reply) -> Outcome:
    """Act on where a job stands after a loss: its id to the front, a deadline for the next look."""
    if reply[0] == "refused":
        refuse(reply[1:])
    word, delay_ms, tier, is_open = reply
    await deadlines.remind(store, job_id, SETTLE_LOOK_MS if word == "ended" else delay_ms)
    if is_open:
        await queue_ids.put_back(store.redis, Tier(tier), [job_id])
    outcome: Outcome = word
    return outcome
