"""The workers' door: register, claim, token, complete, fail, heartbeat, release."""

import asyncio
from typing import Any

from litestar import Controller, Request, post
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from ashao.api import wire
from ashao.api.address import address_of
from ashao.api.document import refusals
from ashao.api.guards import is_from_elsewhere
from ashao.api.parts import Parts
from ashao.api.people import account_of
from ashao.errors import Refused
from ashao.jobs import finish, publish, renew
from ashao.jobs.endings import FailCode
from ashao.jobs.job import Claim, JobId, ProducerId, Tier
from ashao.people.books import of_account
from ashao.producers.workers import Worker
from ashao.store.api_keys import DONATE, PREFIX
from ashao.stream.sse import client_left

BUSY_HEARTBEAT_MS = 900


async def provide_worker(request: Request[Any, Any, Any], parts: Parts) -> Worker:
    """The worker behind the bearer token; raises NotSignedIn."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return await parts.workers.authenticate(token if scheme.lower() == "bearer" else None)


class WorkerController(Controller):
    """What a donor's machine says and asks."""

    path = "/api/worker"
    tags = ["workers"]

    @post(
        "/register",
        operation_id="registerWorker",
        status_code=HTTP_201_CREATED,
        responses=refusals(401, 403, 413, 429),
    )
    async def register(
        self, request: Request[Any, Any, Any], data: wire.RegisterBody, parts: Parts
    ) -> wire.Registered:
        """Name a worker and give it its token; an account's key lets it earn for that account."""
        limit = parts.settings.sends_per_minute
        await parts.rates.count("register", address_of(request, parts.settings), limit)
        earner = await _earner(request, parts)
        registration = await parts.workers.register(
            data.type, data.model, data.tiers, data.context_tokens
        )
        if earner is not None:
            await _note_earner(request, parts, registration.worker.id, earner)
        return wire.Registered(
            worker_id=registration.worker.id,
            token=registration.token,
            lease_ms=parts.settings.lease_ms,
            heartbeat_ms=min(BUSY_HEARTBEAT_MS, parts.settings.lease_ms // 3),
        )

    @post(
        "/claim",
        operation_id="claimJob",
        status_code=HTTP_200_OK,
        responses=refusals(401, 403, 413, 429),
    )
    async def claim(
        self,
        request: Request[Any, Any, Any],
        data: wire.ClaimBody,
        worker: Worker,
        parts: Parts,
    ) -> wire.Claimed | wire.NothingToClaim:
        """Wait for a job of a tier; a client that goes away meanwhile gets nothing stamped."""
        parts.workers.must_be(worker, data.worker_id)
        parts.workers.must_serve(worker, data.tier)
        await parts.rests.must_be_fit(worker.id)
        goodbyes = await parts.workers.seen(worker)
        await parts.earners.of(worker.id)  # who asks for jobs goes on earning for whom it did
        waiting = asyncio.create_task(
            parts.dispatch.claim(worker, Tier(data.tier), data.wait_ms / 1000, goodbyes)
        )
        leaving = asyncio.create_task(client_left(request.receive))
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
            await parts.dispatch.give_back(worker, claimed)
        if claimed is None or has_left:
            return wire.NothingToClaim()
        parts.hedge.watch(claimed)
        return _claimed(claimed)

    @post(
        "/token",
        operation_id="publishToken",
        status_code=HTTP_200_OK,
        responses=refusals(401, 404, 409, 413),
    )
    async def token(self, data: wire.TokenBody, worker: Worker, parts: Parts) -> wire.Accepted:
        """Add a piece to an answer."""
        result = await publish.publish(
            parts.jobs,
            JobId(data.job_id),
            ProducerId(worker.id),
            data.attempt,
            data.seq,
            data.value,
            data.tokens,
        )
        return wire.Accepted(result=result)

    @post(
        "/complete",
        operation_id="completeJob",
        status_code=HTTP_200_OK,
        responses=refusals(401, 403, 404, 409, 413),
    )
    async def complete(
        self, data: wire.CompleteBody, worker: Worker, parts: Parts
    ) -> wire.Accepted:
        """The answer is whole."""
        parts.workers.must_be(worker, data.worker_id)
        result = await finish.complete(
            parts.jobs,
            JobId(data.job_id),
            ProducerId(worker.id),
            data.attempt,
            data.seq,
            data.tokens,
        )
        await parts.workers.over(worker, data.job_id)
        await parts.rests.succeeded(worker.id)
        return wire.Accepted(result=result)

    @post(
        "/fail",
        operation_id="failJob",
        status_code=HTTP_200_OK,
        responses=refusals(401, 404, 409, 413),
    )
    async def fail(self, data: wire.FailBody, worker: Worker, parts: Parts) -> wire.Accepted:
        """The worker cannot go on: the job goes to the next producer."""
        code = FailCode.of(data.error)
        await finish.fail_attempt(
            parts.jobs, JobId(data.job_id), ProducerId(worker.id), data.attempt, code
        )
        await parts.workers.over(worker, data.job_id)
        await parts.rests.failed(worker.id, code)
        return wire.Accepted(result="ok")

    @post(
        "/heartbeat",
        operation_id="heartbeat",
        status_code=HTTP_200_OK,
        responses=refusals(401, 403, 413),
    )
    async def heartbeat(
        self, data: wire.HeartbeatBody, worker: Worker, parts: Parts
    ) -> wire.HeartbeatReply:
        """A sign of life; the answer names what to stop."""
        parts.workers.must_be(worker, data.worker_id)
        await parts.workers.seen(
            worker, is_working=bool(data.jobs), tokens_per_second=data.tokens_per_second
        )
        held = [(JobId(each.job_id), each.attempt) for each in data.jobs]
        cancel = await renew.renew(parts.jobs, ProducerId(worker.id), held)
        await parts.workers.over(worker, *cancel)
        return wire.HeartbeatReply(cancel=[str(job_id) for job_id in cancel])

    @post(
        "/release",
        operation_id="releaseJobs",
        status_code=HTTP_200_OK,
        responses=refusals(401, 413),
    )
    async def release(
        self, request: Request[Any, Any, Any], data: wire.ReleaseBody, parts: Parts
    ) -> wire.Released:
        """Let go of claims at once; `navigator.sendBeacon` sends no headers, so the token may be
        in the body."""
        bearer = request.headers.get("authorization", "").partition(" ")[2]
        worker = await parts.workers.authenticate(data.token or bearer, data.worker_id)
        if data.jobs is None:
            return wire.Released(released=await parts.dispatch.release_all(worker))
        held = [(JobId(each.job_id), each.attempt) for each in data.jobs]
        return wire.Released(released=await parts.dispatch.release(worker, held))


async def _earner(request: Request[Any, Any, Any], parts: Parts) -> str | None:
    """Who earns for a worker: the account whose key it shows, or that is signed in on its page.

    Raises NotSignedIn for an unknown key, Forbidden for one that is not meant for this.
    """
    _, _, secret = request.headers.get("authorization", "").partition(" ")
    if secret.startswith(PREFIX):
        key = await parts.api_keys.authenticate(secret)
        key.must_allow(DONATE)
        return key.maker_id
    if is_from_elsewhere(request):
        return None
    account_id = await account_of(request, parts)
    return None if account_id is None else of_account(account_id)


async def _note_earner(
    request: Request[Any, Any, Any], parts: Parts, worker_id: str, earner: str
) -> None:
    await parts.earners.note(worker_id, earner)
    try:
        now = await _earner(request, parts)
    except Refused:
        now = None
    if now != earner:  # deleted, banned, signed out or revoked at this very moment
        await parts.earners.drop(worker_id, earner)


def _claimed(claim: Claim) -> wire.Claimed:
    return wire.Claimed(
        job=wire.ClaimedJob(id=claim.job_id, tier=claim.tier, model=claim.model),
        messages=[
            wire.ClaimedMessage(role=each.role, content=each.content) for each in claim.messages
        ],
        attempt=claim.attempt,
        next_seq=claim.next_seq,
        params=wire.ClaimedParams(
            temperature=claim.params.temperature,
            top_p=claim.params.top_p,
            max_tokens=claim.params.max_tokens,
            stop=claim.params.stop,
            seed=claim.params.seed,
        ),
    )
