"""A job's answer in the OpenAI format, as chunks; a caller that leaves cancels the job.

After the first byte an error is an event, never a status. Comments keep the connection alive.
"""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from ashao.api.openai_answer import Asked, model_of, told
from ashao.api.openai_failures import event_of
from ashao.api.openai_wire import Usage
from ashao.api.parts import Parts
from ashao.errors import AshaoError
from ashao.jobs.events import DoneEvent, TokenEvent
from ashao.stream.resume import KeepAlive
from ashao.stream.sse import KEEP_ALIVE_FRAME, EventStream

_encode = msgspec.json.Encoder().encode


class ChunkStream:
    """The answer as it comes: an ASGI response."""

    def __init__(self, parts: Parts, asked: Asked) -> None:
        self._parts = parts
        self._asked = asked
        self._model = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream."""
        more = [
            (name.lower().encode(), text.encode()) for name, text in self._asked.headers.items()
        ]
        try:
            await EventStream(self._frames(), more)(scope, receive, send)
        finally:
            await self._parts.completion.leave(self._asked.job)

    async def _frames(self) -> AsyncGenerator[bytes]:
        try:
            async with contextlib.aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except AshaoError as error:
            yield b"data: " + event_of(error) + b"\n\n"
        else:
            yield b"data: [DONE]\n\n"

    async def _chunks(self) -> AsyncGenerator[bytes]:
        async with contextlib.aclosing(told(self._parts, self._asked.job)) as telling:
            async for each in telling:
                if isinstance(each, KeepAlive):
                    yield KEEP_ALIVE_FRAME
                    continue
                if not self._model:
                    self._model = await model_of(self._parts, self._asked.job)
                    yield self._chunk({"role": "assistant", "content": ""})
                if isinstance(each, TokenEvent):
                    yield self._chunk({"content": each.value})
                else:
                    for chunk in self._last(each):
                        yield chunk

    def _last(self, done: DoneEvent) -> list[bytes]:
        """How it ended and, if asked for, what it took."""
        ended = self._chunk({}, self._asked.finish_reason(done))
        if not self._asked.includes_usage:
            return [ended]
        return [ended, self._frame([], self._asked.usage(done.tokens))]

    def _chunk(self, delta: dict[str, str], finish: str | None = None) -> bytes:
        return self._frame(
            [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        )

    def _frame(self, choices: list[dict[str, Any]], usage: Usage | None = None) -> bytes:
        chunk: dict[str, Any] = {
            "id": self._asked.id,
            "object": "chat.completion.chunk",
            "created": self._asked.created,
            "model": self._model,
            "choices": choices,
        }
        if self._asked.includes_usage:
            chunk["usage"] = usage
        return b"data: " + _encode(chunk) + b"\n\n"
