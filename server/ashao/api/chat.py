"""The chat's door: send, stream, cancel."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT
from litestar.types import ASGIApp

from ashao.api import wire
from ashao.api.address import address_of
from ashao.api.cookie import secret_in, session_cookie
from ashao.api.document import refusals
from ashao.api.guards import owner_of, same_origin
from ashao.api.parts import Parts
from ashao.chat.send import Question
from ashao.errors import BadRequest, NoSuchJob
from ashao.jobs import finish
from ashao.jobs.job import JobId, JobView, Tier
from ashao.jobs.log import read_log
from ashao.jobs.view import peek
from ashao.store.secrets import digest
from ashao.store.sessions import ANONYMOUS
from ashao.stream.resume import follow
from ashao.stream.sse import EventStream, framed

FROM_THE_START = -1

JobIdQuery = Annotated[str, Parameter(query="jobId", pattern="^[0-9a-f]{32}$")]
After = Annotated[int | None, Parameter(query="after", ge=-1, le=10_000_000)]
LastEventId = Annotated[str | None, Parameter(header="Last-Event-ID", max_length=8)]
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
        responses=refusals(401, 402, 403, 404, 409, 413, 429),
    )
    async def send(
        self,
        request: Request[Any, Any, Any],
        data: wire.SendBody,
        parts: Parts,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[wire.Sent]:
        """Make a job of a message; its stream may be opened at once."""
        limit = parts.settings.sends_per_minute
        await parts.rates.count("send", address_of(request, parts.settings), limit)
        owner = await owner_of(request, parts)
        token = secret_in(request, parts.settings)
        if owner is None or token is None:
            token, owner = await parts.sessions.open()
        await parts.rates.count("send-as", digest(owner), limit)  # from wherever they call
        question = Question(
            content=data.content,
            tier=Tier(data.tier),
            conversation_id=data.conversation_id,
            retry_of=data.retry_of,
        )
        sent = await parts.send.send(owner, question, idempotency_key)
        return Response(
            wire.Sent(job_id=sent.job_id, conversation_id=sent.conversation_id),
            status_code=HTTP_201_CREATED,
            cookies=[session_cookie(token, parts.settings)],  # it lives on as the session does
        )

    @get(
        "/stream",
        operation_id="stream",
        status_code=HTTP_200_OK,
        media_type="text/event-stream",
        responses=refusals(404, no_content="Everything was read: do not come back"),
    )
    async def stream(
        self,
        request: Request[Any, Any, Any],
        job_id: JobIdQuery,
        parts: Parts,
        after: After = None,
        last_event_id: LastEventId = None,
    ) -> ASGIApp:
        """The job's events from the start, or from after `Last-Event-ID` (or `after`)."""
        seen = _seen(last_event_id, after)
        job = await _owned(request, parts, job_id)
        page = await read_log(parts.jobs, job.id, seen)
        if page.ended and seen == page.last_seq:
            return Response(None, status_code=HTTP_204_NO_CONTENT).to_asgi_response(
                app=None, request=request
            )
        return EventStream(framed(follow(parts.jobs, parts.fanout, job, seen)))

    @post(
        "/cancel",
        operation_id="cancel",
        status_code=HTTP_200_OK,
        responses=refusals(403, 404, 413),
    )
    async def cancel(
        self, request: Request[Any, Any, Any], data: wire.JobBody, parts: Parts
    ) -> wire.Cancelled:
        """Stop an answer; what was said so far stays said."""
        job = await _owned(request, parts, data.job_id)
        return wire.Cancelled(cancelled=await finish.cancel(parts.jobs, job.id))


def _seen(last_event_id: str | None, after: int | None) -> int:
    """The last seq that the client has. The header wins: a browser sends it when it reconnects."""
    if last_event_id:
        if not last_event_id.isascii() or not last_event_id.isdigit():
            raise BadRequest("Last-Event-ID must be the id of an event of this stream.")
        return int(last_event_id)
    return FROM_THE_START if after is None else after


async def _owned(request: Request[Any, Any, Any], parts: Parts, job_id: str) -> JobView:
    """The job, if it belongs to the caller; else NoSuchJob: the two are never told apart."""
    owner = await owner_of(request, parts)
    job = await peek(parts.jobs, JobId(job_id)) if owner is not None else None
    if job is None or (job.user_id != owner and not await _came_along(parts, job, owner)):
        raise NoSuchJob
    return job


async def _came_along(parts: Parts, job: JobView, owner: str | None) -> bool:
    """Whether a visitor's job belongs to the account that its conversation was brought into."""
    if job.conversation_id is None or not job.user_id.startswith(ANONYMOUS):
        return False
    return await parts.conversations.owner_of(job.conversation_id) == owner
