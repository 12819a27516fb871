"""A job's answer in the OpenAI format, as chunks; a caller that leaves cancels the job.

After the first byte an error is an event, never a status. Nothing but chunks is sent, from the
first byte on, for some parsers take a comment for an event: a chunk without words keeps the
connection alive.
"""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from ashao.api.openai.answer import CompletionRequest, answering_model, job_events
from ashao.api.openai.errors import event_of, event_of_defect
from ashao.api.openai.schemas import Usage
from ashao.errors import AshaoError
from ashao.jobs.event import DoneEvent, TokenEvent
from ashao.services import Services
from ashao.stream.resume import KeepAlive
from ashao.stream.sse import EventStream

_encode = msgspec.json.Encoder().encode


class ChunkStream:
    """The answer as it comes: an ASGI response."""

    def __init__(self, services: Services, request: CompletionRequest) -> None:
        self._services = services
        self._request = request
        self._model = request.job.model  # until it is known who answers
        self._has_model = False
        self._parts = request.parts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream."""
        more = [
            (name.lower().encode(), text.encode()) for name, text in self._request.headers.items()
        ]
        try:
            opening = self._chunk({"role": "assistant", "content": ""})
            defect = _frame_of(event_of_defect())
            await EventStream(self._frames(), more, defect, opening)(scope, receive, send)
        finally:
            await self._services.completions.abandon(self._request.job)

    async def _frames(self) -> AsyncGenerator[bytes]:
        try:
            async with contextlib.aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except AshaoError as error:
            yield _frame_of(event_of(error))
        else:
            yield _frame_of(b"[DONE]")

    async def _chunks(self) -> AsyncGenerator[bytes]:
        async with contextlib.aclosing(job_events(self._services, self._request.job)) as events:
            async for each in events:
                if isinstance(each, KeepAlive):
                    yield self._chunk({"content": ""})
                    continue
                if not self._has_model:
                    self._model = await answering_model(self._services, self._request.job)
                    self._has_model = True
                if isinstance(each, TokenEvent):
                    for delta in self._deltas(each):
                        yield self._chunk(delta)
                else:
                    for chunk in self._final_chunks(each):
                        yield chunk

    def _final_chunks(self, done: DoneEvent) -> list[bytes]:
        """How it ended and, if asked for, what it took."""
        held = [self._chunk(delta) for delta in self._parts.end()]
        finish = self._request.finish_reason(done, calls=bool(self._parts.calls))
        chunks = [*held, self._chunk({}, finish)]
        if self._request.includes_usage:
            chunks.append(self._frame([], self._request.usage(done)))
        return chunks

    def _deltas(self, event: TokenEvent) -> list[dict[str, Any]]:
        """Thoughts have a field that OpenAI's lacks, as DeepSeek, vLLM and llama.cpp call it."""
        if event.thinking:
            return [{"reasoning_content": event.thinking}]
        return self._parts.feed(event.value)

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        return self._frame(
            [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        )

    def _frame(self, choices: list[dict[str, Any]], usage: Usage | None = None) -> bytes:
        chunk: dict[str, Any] = {
            "id": self._request.id,
            "object": "chat.completion.chunk",
            "created": self._request.created,
            "model": self._model,
            "choices": choices,
        }
        if self._request.includes_usage:
            chunk["usage"] = usage
        return _frame_of(_encode(chunk))


def _frame_of(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"
