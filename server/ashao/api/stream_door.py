"""A reader's stream, opened before the routes: what they hold of a request they hold to its end.

Only what plainly asks for a stream is taken here; whatever is in doubt goes on to the app.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.enums import ScopeType
from litestar.status_codes import HTTP_204_NO_CONTENT
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from ashao.api.http.errors import refuse_at_the_door
from ashao.api.http.headers import answer_at_the_door
from ashao.api.streams import open_stream
from ashao.api.wire import ID_PATTERN
from ashao.errors import AshaoError
from ashao.jobs import event_id
from ashao.jobs.event_id import FROM_THE_START, EventId
from ashao.services import Services
from ashao.stream.open_streams import CountedStream

PATH = "/api/chat/stream"
JOB_ID = re.compile(ID_PATTERN)
EVENT_ID = re.compile(event_id.PATTERN)


def with_stream_door(app: ASGIApp, services: Callable[[], Services]) -> ASGIApp:
    """The app, behind a short way to streams; `services` are asked for once it has started."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"] != PATH or scope["method"] != "GET":
            await app(scope, receive, send)
        elif (asked := _plainly_asked(scope)) is None:
            await app(scope, receive, send)
        else:
            try:
                stream = await _opened(scope, services(), *asked)
                if stream is None:
                    await answer_at_the_door(send, HTTP_204_NO_CONTENT, {})
                else:
                    await stream(scope, receive, send)
            except AshaoError as error:  # before anything was sent
                await refuse_at_the_door(send, error)

    return door


def _plainly_asked(scope: HTTPScope) -> tuple[str, EventId] | None:
    """The job, and the last event that the client has, if nothing else is asked for."""
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    last = [value for name, value in scope["headers"] if name == b"last-event-id"]
    match sorted(asked), last:
        case [("jobId", job_id)], []:
            return (job_id, FROM_THE_START) if JOB_ID.fullmatch(job_id) else None
        case [("jobId", job_id)], [value]:
            seen = value.decode("latin-1")
        case [("after", seen), ("jobId", job_id)], []:
            pass
        case _:
            return None
    if not JOB_ID.fullmatch(job_id) or not EVENT_ID.fullmatch(seen):
        return None
    return job_id, EventId.parse(seen)


async def _opened(
    scope: HTTPScope, services: Services, job_id: str, seen: EventId
) -> CountedStream | None:
    """The stream, which holds nothing of the request."""
    request: Request[Any, Any, Any] = Request(scope.copy() | {"state": {}})
    return await open_stream(request, services, job_id, seen)
