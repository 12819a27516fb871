"""A job's answer as it comes, in a protocol's events; a caller that leaves cancels the job.

After the first byte an error is an event, never a status. Nothing but a protocol's own events is
sent, from the first byte on, for some parsers take a comment for an event.
"""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any, Protocol

from ashao.api.programs.answer import Answerer, CompletionRequest, answerer_of, job_events
from ashao.errors import AshaoError
from ashao.jobs.event import DoneEvent, TokenEvent
from ashao.services import Services
from ashao.stream.resume import KeepAlive
from ashao.stream.sse import EventStream


class Format(Protocol):
    """How a protocol says what happens: each method gives the events' bytes, none or several.

    `by` has the model that was asked for, until it is set to who answers, and at last to who came
    to the end. `defect` says that something of ours went wrong.
    """

    by: Answerer
    defect: bytes

    def opening(self) -> bytes:
        """What goes out at once, before anybody answers."""
        ...

    def keep_alive(self) -> bytes:
        """What changes nothing, while an answer waits or its model is silent."""
        ...

    def piece(self, event: TokenEvent) -> bytes:
        """A piece of the answer or of thinking."""
        ...

    def end(self, done: DoneEvent) -> bytes:
        """The answer is whole; nothing follows."""
        ...

    def failure(self, error: AshaoError) -> bytes:
        """There will be no whole answer; nothing follows."""
        ...


class AnswerStream:
    """The answer as it comes: an ASGI response."""

    def __init__(self, services: Services, request: CompletionRequest, form: Format) -> None:
        self._services = services
        self._request = request
        self._form = form

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream."""
        more = [
            (name.lower().encode(), text.encode()) for name, text in self._request.headers.items()
        ]
        try:
            stream = EventStream(self._frames(), more, self._form.defect, self._form.opening())
            await stream(scope, receive, send)
        finally:
            await self._services.completions.abandon(self._request.job)

    async def _frames(self) -> AsyncGenerator[bytes]:
        try:
            async with contextlib.aclosing(self._events()) as events:
                async for frames in events:
                    if frames:
                        yield frames
        except AshaoError as error:
            yield self._form.failure(error)

    async def _events(self) -> AsyncGenerator[bytes]:
        is_known = False  # who answers
        async with contextlib.aclosing(job_events(self._services, self._request.job)) as events:
            async for each in events:
                if isinstance(each, KeepAlive):
                    yield self._form.keep_alive()
                    continue
                is_end = isinstance(each, DoneEvent)
                if not is_known or is_end:  # another one may have come to the end
                    self._form.by = await answerer_of(self._services, self._request.job)
                    is_known = True
                if isinstance(each, TokenEvent):
                    yield self._form.piece(each)
                else:
                    yield self._form.end(each)
