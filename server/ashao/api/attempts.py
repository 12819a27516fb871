"""What a worker's word on its attempt leads to, beside what becomes of the job."""

import asyncio
from typing import Literal

from ashao.api.wire import TokenBody
from ashao.errors import StaleAttempt
from ashao.identity.owners import account_id_of
from ashao.jobs.codes import FailCode
from ashao.jobs.job import JobId, ProducerId
from ashao.jobs.publish import publish
from ashao.jobs.queue.requirements import Requirements
from ashao.jobs.read import get_job
from ashao.services import Services
from ashao.variable import listed
from ashao.workers.suspension import record_lost_attempt
from ashao.workers.worker import Worker


async def take_piece(
    services: Services, worker: Worker, piece: TokenBody
) -> Literal["ok", "repeat"]:
    """Add the worker's piece. Raises TooMany, and what `publish` raises.

    Thinking beyond its limit has lost the claim: StaleAttempt.
    """
    services.rates.take("token", worker.id, worker.slots)
    job_id = JobId(piece.job_id)
    result = await publish(
        services.jobs,
        job_id,
        ProducerId(worker.id),
        piece.attempt,
        piece.seq,
        piece.value,
        piece.tokens,
        piece.kind,
    )
    if result == "lost":
        await services.workers.clear_claims(worker, job_id)
        await record_lost_attempt(services.jobs, services.suspensions, worker.id, job_id)
        raise StaleAttempt(piece.seq)
    return result


async def is_trusted(services: Services, worker: Worker) -> bool:
    """Whether the worker is the operator's own: it earns for one of `ASHAO_TRUSTED_ACCOUNTS`."""
    trusted = listed(services.settings.trusted_accounts)
    payee = await services.payees.payee_of(worker.id) if trusted else None
    return payee is not None and account_id_of(payee) in trusted


async def record_outcome(
    services: Services,
    worker: Worker,
    job_id: JobId,
    result: Literal["ok", "repeat", "empty", "unkept"],
) -> None:
    """An answer without a word, or not in its form, is a lost attempt; what a repeat says was
    noted before."""
    if result == "ok":
        await _record_success(services, worker, job_id)
    if result in ("empty", "unkept"):
        await record_lost_attempt(services.jobs, services.suspensions, worker.id, job_id)


async def _record_success(services: Services, worker: Worker, job_id: JobId) -> None:
    """A whole answer ends the count of failures; how fast its last attempt was is remembered."""
    _, job = await asyncio.gather(
        services.suspensions.record_success(worker.id), get_job(services.jobs, job_id)
    )
    if job is not None and job.claimed_at is not None and job.ended_at is not None:
        ms = job.ended_at - job.claimed_at
        await services.speeds.record(worker, job.contributions[-1].work, ms)


async def needed_context(
    services: Services, worker: Worker, job_id: JobId
) -> tuple[FailCode, int | None]:
    """What it means that a worker finds a prompt too long, and the context that it needs then.

    Only one that said how long its context is can tell, and not of a prompt that surely fits. The
    job waits for a longer one; where none is, for a provider.
    """
    job, window = await get_job(services.jobs, job_id), worker.context_tokens
    if job is None or window is None or job.most_tokens <= window:
        return FailCode.ENGINE, None
    needs = Requirements(job.model, window + 1, job.abilities)
    is_hopeless = await services.presence.why_no_worker(job.tier, needs) is not None
    return FailCode.CONTEXT_TOO_LONG, None if is_hopeless else needs.context_tokens
