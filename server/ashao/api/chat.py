"""The chat's door: send, stream, cancel."""

import asyncio
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT
from litestar.types import ASGIApp

from ashao.api import wire
from ashao.api.http.auth import owner_of
from ashao.api.http.client import address_of
from ashao.api.http.cookies import secret_in, session_cookie
from ashao.api.http.openapi import error_responses
from ashao.api.http.origin import same_origin
from ashao.api.streams import open_stream, owned_job
from ashao.chat.send import Question
from ashao.history.tables import ConversationId
from ashao.identity.owners import OwnerId, new_visitor
from ashao.jobs import event_id, finish
from ashao.jobs.event_id import FROM_THE_START, EventId
from ashao.jobs.job import Tier
from ashao.services import Services
from ashao.store.secrets import digest

JobIdQuery = Annotated[str, Parameter(query="jobId", pattern=wire.ID_PATTERN)]
After = Annotated[str | None, Parameter(query="after", pattern=rf"^(-1|{event_id.PATTERN})$")]
LastEventId = Annotated[str | None, Parameter(header="Last-Event-ID", max_length=32)]
IdempotencyKey = Annotated[
    str | None, Parameter(header="Idempotency-Key", min_length=1, max_length=200)
]


class ChatController(Controller):
    """What a person's browser says and asks."""

    path = "/api/chat"
    tags = ["chat"]
    guards = [same_origin]

    @post(
        "/send",
        operation_id="send",
        status_code=HTTP_201_CREATED,
        responses=error_responses(401, 402, 403, 404, 409, 413, 415, 429),
    )
    async def send(
        self,
        request: Request[Any, Any, Any],
        data: wire.SendBody,
        services: Services,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[wire.Sent]:
        """Make a job of a message; its stream may be opened at once."""
        limit = services.settings.sends_per_minute
        address = address_of(request, services.settings)
        question = Question(
            content=data.content,
            tier=None if data.tier == wire.AUTO else Tier(data.tier),
            conversation_id=ConversationId(data.conversation_id) if data.conversation_id else None,
            retry_of=data.retry_of,
        )
        owner, _ = await asyncio.gather(
            owner_of(request, services), services.rate_limits.count("send", address, limit)
        )
        token = secret_in(request, services.settings)
        newcomer_at = None
        if owner is None or token is None:
            newcomer_at = address
            owner = await _newcomer(request, services, address, question, idempotency_key)
            token, _ = await services.sessions.open(owner)
        await services.rate_limits.count("send-as", digest(owner), limit)  # from wherever they call
        sent = await services.chat.send(owner, question, idempotency_key, newcomer_at)
        return Response(
            wire.Sent(job_id=sent.job_id, conversation_id=sent.conversation_id),
            status_code=HTTP_201_CREATED,
            cookies=[session_cookie(token, services.settings)],  # it lives on as the session does
        )

    @get(
        "/stream",
        operation_id="stream",
        status_code=HTTP_200_OK,
        media_type="text/event-stream",
        responses=error_responses(404, 429, no_content="Everything was read: do not come back"),
    )
    async def stream(
        self,
        request: Request[Any, Any, Any],
        job_id: JobIdQuery,
        services: Services,
        after: After = None,
        last_event_id: LastEventId = None,
    ) -> ASGIApp:
        """The job's events from the start, or from after `Last-Event-ID` (or `after`)."""
        seen = _seen(last_event_id, after)
        stream = await open_stream(request, services, job_id, seen)
        if stream is not None:
            return stream
        return Response(None, status_code=HTTP_204_NO_CONTENT).to_asgi_response(
            app=None, request=request
        )

    @post(
        "/cancel",
        operation_id="cancel",
        status_code=HTTP_200_OK,
        responses=error_responses(403, 404, 413, 415),
    )
    async def cancel(
        self, request: Request[Any, Any, Any], data: wire.JobBody, services: Services
    ) -> wire.Cancelled:
        """Stop an answer; what was said so far stays said."""
        job = await owned_job(request, services, data.job_id)
        return wire.Cancelled(cancelled=await finish.cancel(services.jobs, job.id))


async def _newcomer(
    request: Request[Any, Any, Any],
    services: Services,
    address: str,
    question: Question,
    key: str | None,
) -> OwnerId:
    """Who sends without a session: somebody new, unless this is a repeat."""
    if key is None:
        return new_visitor()
    place = f"{address} {request.headers.get('user-agent', '')}"
    return await services.idempotency.newcomer(place, key, question.digest)


def _seen(last_event_id: str | None, after: str | None) -> EventId:
    """The last event that the client has. The header wins: browsers send it when they reconnect."""
    if last_event_id:
        return EventId.parse(last_event_id)
    return FROM_THE_START if after in (None, "-1") else EventId.parse(after)
