"""The workers' door: register, claim, token, complete, fail, heartbeat, release."""

import asyncio
from typing import Any

from litestar import Controller, Request, post
from litestar.di import Provide
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from ashao.api import attempts, wire
from ashao.api.claimed import Claimed, claimed_of
from ashao.api.http.auth import bearer_of, payee_of, provide_cached_worker
from ashao.api.http.client import address_of, voice_of
from ashao.api.http.json_body import ANY_FORMAT
from ashao.api.http.openapi import error_responses
from ashao.errors import Refused
from ashao.identity.owners import OwnerId
from ashao.jobs import finish, publish
from ashao.jobs.codes import FailCode
from ashao.jobs.job import JobId, ProducerId, Tier
from ashao.services import Services
from ashao.stream.sse import client_left
from ashao.tasks import spawn
from ashao.workers.suspension import record_lost_attempt
from ashao.workers.worker import Worker
from ashao_text.finish import finish_of

BUSY_HEARTBEAT_MS = 900


class WorkerController(Controller):
    """What a donor's machine says and asks."""

    path = "/api/worker"
    tags = ["workers"]

    @post(
        "/register",
        operation_id="registerWorker",
        status_code=HTTP_201_CREATED,
        responses=error_responses(401, 403, 413, 415, 429),
    )
    async def register(
        self, request: Request[Any, Any, Any], data: wire.RegisterBody, services: Services
    ) -> wire.Registered:
        """Name a worker and give it its token; an account's key lets it earn for that account."""
        limit = services.settings.sends_per_minute
        address = address_of(request, services.settings)
        await services.rate_limits.count("register", address, limit)
        payee = await payee_of(request, services)
        registration = await services.workers.register(
            data.type,
            data.model,
            data.tiers,
            data.context_tokens,
            voice=voice_of(payee, address),
            slots=data.slots,
            is_spare=data.is_spare,
            engine=data.engine,
            abilities=data.abilities,
        )
        if payee is not None:
            await _assign_payee(request, services, registration.worker.id, payee)
        return wire.Registered(
            worker_id=registration.worker.id,
            token=registration.token,
            lease_ms=services.settings.lease_ms,
            heartbeat_ms=min(BUSY_HEARTBEAT_MS, services.settings.lease_ms // 3),
        )

    @post(
        "/claim",
        operation_id="claimJob",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 403, 413, 415, 429),
    )
    async def claim(
        self,
        request: Request[Any, Any, Any],
        data: wire.ClaimBody,
        worker: Worker,
        services: Services,
    ) -> Claimed | wire.NothingToClaim:
        """Wait for a job of a tier; a client that goes away meanwhile gets nothing stamped."""
        services.rates.take("claim", worker.id, worker.slots)
        services.workers.require_own_id(worker, data.worker_id)
        services.workers.require_tier(worker, data.tier)
        await asyncio.gather(
            services.suspensions.require_not_suspended(worker.id),
            services.payees.payee_of(worker.id),  # who asks for jobs goes on earning
        )
        generation = await services.workers.touch(worker)
        wait_s = data.wait_ms / 1000
        claiming = services.dispatcher.claim(worker, Tier(data.tier), wait_s, generation)
        waiting = spawn("claim", claiming, handled=(Exception,))
        leaving = spawn("claim-client", client_left(request.receive))
        try:
            await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            has_left = leaving.done()
            leaving.cancel()
            if not waiting.done():
                waiting.cancel()
        await asyncio.wait({waiting})
        claimed = None if waiting.cancelled() else waiting.result()
        if claimed is not None and has_left:
            await services.dispatcher.release_claim(worker, claimed)
        if claimed is None or has_left:
            return wire.NothingToClaim()
        services.hedge.watch(claimed)
        return claimed_of(worker, claimed)

    @post(
        "/token",
        operation_id="publishToken",
        dependencies={"worker": Provide(provide_cached_worker)},
        status_code=HTTP_200_OK,
        responses=error_responses(401, 404, 409, 413, 415, 429),
    )
    async def token(
        self, data: wire.TokenBody, worker: Worker, services: Services
    ) -> wire.Accepted:
        """Add a piece to an answer."""
        return wire.Accepted(result=await attempts.take_piece(services, worker, data))

    @post(
        "/complete",
        operation_id="completeJob",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 403, 404, 409, 413, 415),
    )
    async def complete(
        self, data: wire.CompleteBody, worker: Worker, services: Services
    ) -> wire.Accepted:
        """The answer is whole."""
        services.workers.require_own_id(worker, data.worker_id)
        job_id, producer_id = JobId(data.job_id), ProducerId(worker.id)
        result = await finish.complete(
            services.jobs,
            job_id,
            producer_id,
            data.attempt,
            data.seq,
            data.tokens,
            reason=None if data.reason is None else finish_of(data.reason),
            is_trusted=await attempts.is_trusted(services, worker),
        )
        await asyncio.gather(
            services.workers.clear_claims(worker, data.job_id),
            attempts.record_outcome(services, worker, job_id, result),
        )
        return wire.Accepted(result="repeat" if result == "repeat" else "ok")

    @post(
        "/fail",
        operation_id="failJob",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 404, 409, 413, 415),
    )
    async def fail(self, data: wire.FailBody, worker: Worker, services: Services) -> wire.Accepted:
        """The worker cannot go on: the job goes to the next producer."""
        code, job_id = FailCode.of(data.error), JobId(data.job_id)
        context_tokens = None
        if code is FailCode.CONTEXT_TOO_LONG:
            code, context_tokens = await attempts.needed_context(services, worker, job_id)
        await finish.fail_attempt(
            services.jobs,
            job_id,
            ProducerId(worker.id),
            data.attempt,
            code,
            context_tokens=context_tokens,
            is_trusted=await attempts.is_trusted(services, worker),
        )
        await services.workers.clear_claims(worker, data.job_id)
        if not code.is_jobs_fault:  # whether it is, others will show
            await record_lost_attempt(services.jobs, services.suspensions, worker.id, job_id)
        return wire.Accepted(result="ok")

    @post(
        "/heartbeat",
        operation_id="heartbeat",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 403, 413, 415, 429),
    )
    async def heartbeat(
        self, data: wire.HeartbeatBody, worker: Worker, services: Services
    ) -> wire.HeartbeatReply:
        """A sign of life; the answer names what to stop."""
        services.rates.take("heartbeat", worker.id)
        services.workers.require_own_id(worker, data.worker_id)
        await services.workers.touch(
            worker, is_working=bool(data.jobs), tokens_per_second=data.tokens_per_second
        )
        held = [(JobId(each.job_id), each.attempt) for each in data.jobs]
        thinking = {JobId(each.job_id) for each in data.jobs if each.is_thinking}
        cancel = await publish.renew(services.jobs, ProducerId(worker.id), held, thinking)
        await services.workers.clear_claims(worker, *cancel)
        return wire.HeartbeatReply(cancel=[str(job_id) for job_id in cancel])

    @post(
        "/release",
        operation_id="releaseJobs",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 413),
        opt={ANY_FORMAT: True},
    )
    async def release(
        self, request: Request[Any, Any, Any], data: wire.ReleaseBody, services: Services
    ) -> wire.Released:
        """Let go of claims at once; `navigator.sendBeacon` sends no headers, so the token may be
        in the body, whose type is text if it was sent as such."""
        token = data.token or bearer_of(request)
        worker = await services.workers.authenticate(token, data.worker_id)
        if data.jobs is None:
            return wire.Released(released=await services.dispatcher.release_all(worker))
        held = [(JobId(each.job_id), each.attempt) for each in data.jobs]
        return wire.Released(released=await services.dispatcher.release(worker, held))


async def _assign_payee(
    request: Request[Any, Any, Any], services: Services, worker_id: str, payee: OwnerId
) -> None:
    await services.payees.assign(worker_id, payee)
    try:
        now = await payee_of(request, services)
    except Refused:
        now = None
    if now != payee:  # deleted, banned, signed out or revoked at this very moment
        await services.payees.unassign(worker_id, payee)
