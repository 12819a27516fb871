"""Reads a job's hash as a value."""

from typing import Any

from ashao.jobs import keys
from ashao.jobs.job import JobId, JobView, ProducerId, ProducerKind, Share, Status, Tier
from ashao.jobs.scripts import JobStore
from ashao.store.redis import answering


async def peek(store: JobStore, job_id: JobId) -> JobView | None:
    """The job as it is now, or None. Raises StoreUnavailable."""
    with answering():
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
        shares=tuple(_share(fields, number) for number in range(1, int(fields["attempt"]) + 1)),
    )


def _number(fields: dict[str, str], name: str) -> int | None:
    return int(fields[name]) if name in fields else None


def _share(fields: dict[str, str], attempt: int) -> Share:
    kind: ProducerKind = "provider" if fields[f"kind:{attempt}"] == "provider" else "worker"
    return Share(
        attempt=attempt,
        producer_id=ProducerId(fields[f"producer:{attempt}"]),
        kind=kind,
        tokens=int(fields[f"tokens:{attempt}"]),
    )
