"""Reads a job's hash as a value."""

from typing import Any, get_args

import msgspec

from ashao.errors import NoSuchJob
from ashao.jobs import deadlines, keys, scripts
from ashao.jobs.event import StoredEvent, decode_stored, text_of
from ashao.jobs.event_id import FROM_THE_START, EventId
from ashao.jobs.job import (
    ENDED,
    Contribution,
    Home,
    JobId,
    JobView,
    ProducerId,
    ProducerKind,
    Status,
    Tier,
)
from ashao.jobs.queue.requirements import abilities_in
from ashao.jobs.store import JobStore


async def get_job(store: JobStore, job_id: JobId) -> JobView | None:
    """The job as it is now, or None. Raises StoreUnavailable."""
    fields: dict[Any, Any] = await store.redis.hgetall(keys.job(job_id))
    return _view(job_id, fields) if "userId" in fields else None


def _view(job_id: JobId, fields: dict[str, str]) -> JobView:
    holder = fields.get("claimedBy")
    return JobView(
        id=job_id,
        user_id=fields["userId"],
        tier=Tier(fields["tier"]),
        model=fields["model"],
        status=Status(fields["status"]),
        claimed_by=ProducerId(holder) if holder else None,
        conversation_id=fields.get("conversationId"),
        charge=int(fields["charge"]),
        no_worker=fields["noWorker"] == "1",
        context_tokens=int(fields["contextTokens"]),
        attempt=int(fields["attempt"]),
        failures=int(fields["failures"]),
        tried=tuple(filter(None, fields["tried"].split(","))),
        next_seq=int(fields["nextSeq"]),
        tokens=int(fields["tokens"]),
        reported_tokens=_number(fields, "reportedTokens"),
        error=fields["error"] or None,
        created_at=int(fields["createdAt"]),
        queued_at=int(fields["queuedAt"]),
        claimed_at=_number(fields, "claimedAt"),
        ended_at=_number(fields, "endedAt"),
        settled_at=_number(fields, "settledAt"),
        abilities=abilities_in(fields.get("abilities")),
        blamed_by=tuple(map(ProducerId, filter(None, fields.get("blamedBy", "").split(",")))),
        contributions=tuple(
            _contribution(fields, number) for number in range(1, int(fields["attempt"]) + 1)
        ),
    )


def _number(fields: dict[str, str], name: str) -> int | None:
    return int(fields[name]) if name in fields else None


def _contribution(fields: dict[str, str], attempt: int) -> Contribution:
    kind: ProducerKind = "provider" if fields[f"kind:{attempt}"] == "provider" else "worker"
    return Contribution(
        attempt=attempt,
        producer_id=ProducerId(fields[f"producer:{attempt}"]),
        kind=kind,
        tokens=int(fields[f"tokens:{attempt}"]),
        thoughts=_number(fields, f"thoughts:{attempt}") or 0,
        model=fields.get(f"model:{attempt}", ""),
        home=_home(fields.get(f"home:{attempt}")),
    )


def _home(said: str | None) -> Home | None:
    return next((each for each in get_args(Home) if each == said), None)


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """The events after a seq, and the job's status at the same moment.

    `next_seq` counts the token events; the event that ends a job has it as its seq. With
    `is_forgotten` the log lacks the event that the reader has last, or has another in its place.
    """

    events: list[StoredEvent]
    status: Status
    next_seq: int
    is_forgotten: bool = False

    @property
    def ended(self) -> bool:
        """Whether no event will follow."""
        return self.status in ENDED

    @property
    def last_seq(self) -> int:
        """The seq of the last event that there is; -1 for none."""
        return self.next_seq if self.ended else self.next_seq - 1


async def read_log(
    store: JobStore, job_id: JobId, after: EventId = FROM_THE_START, at_most: int | None = None
) -> LogPage:
    """The events that follow `after`: all, or the first `at_most`, and of those some 64 KiB.

    Raises NoSuchJob, also when an ended job's text is gone already, and StoreUnavailable.
    """
    script = scripts.ReadLog(after=max(after.seq, -1), digest=after.digest, at_most=at_most)
    word, *reply = await store.run(job_id, script)
    if word == "missing":
        raise NoSuchJob
    status, next_seq, *entries = reply
    return LogPage(
        events=[decode_stored(entry) for entry in entries[0]] if entries else [],
        status=Status(status),
        next_seq=next_seq,
        is_forgotten=word == "forgotten",
    )


class EndedJob(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a job to settle; `text` is None when it expired before anybody saved it."""

    job: JobView
    text: str | None

    @property
    def contributions(self) -> list[Contribution]:
        """The attempts that gave words to the answer; thoughts alone gave it nothing."""
        return [share for share in self.job.contributions if share.tokens > 0]


async def ended_job(store: JobStore, job_id: JobId) -> EndedJob | None:
    """The ended job, or None when there is none or it still lives. Raises StoreUnavailable."""
    word, *left = await store.run(job_id, scripts.ReadEnded())
    if word != "ended":
        return None
    (names_and_values, *logs) = left
    fields = dict(zip(names_and_values[::2], names_and_values[1::2], strict=True))
    if "userId" not in fields:  # a refused id
        return None
    text = text_of(logs[0]) if logs else None
    return EndedJob(job=_view(job_id, fields), text=text)


async def mark_settled(store: JobStore, job_id: JobId) -> bool:
    """Start the short time after which the log and the hash go, and stop looking at the job.

    Call it after the commit; calling it again changes nothing. False when the job still lives.
    Raises StoreUnavailable.
    """
    word, *_ = await store.run(job_id, scripts.Settle())
    if word == "running":
        return False
    await deadlines.unschedule(store, job_id)
    return True
