"""A job's answer in the OpenAI format: whole, or as chunks; whoever asked and left cancels it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from ashao.api.openai_failures import BrokenOff, event_of, sentence_of
from ashao.api.openai_wire import AnswerMessage, ChatCompletion, Choice, Usage
from ashao.api.parts import Parts
from ashao.errors import AshaoError
from ashao.jobs.events import DoneEvent, ErrorEvent, TokenEvent
from ashao.jobs.job import JobId, JobView
from ashao.jobs.view import peek
from ashao.stream.resume import KeepAlive, Lost, follow
from ashao.stream.sse import HEADERS, KEEP_ALIVE_FRAME, client_left

FROM_THE_START = -1
LEAVING = "This server is restarting. Please try again."
GONE = "The caller went away."

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A job and what its answer's form depends on. `notice` says why no worker is waited for."""

    job: JobView
    prompt_tokens: int
    max_tokens: int | None
    includes_usage: bool
    notice: str | None

    @property
    def id(self) -> str:
        """The answer's name in this format."""
        return f"chatcmpl-{self.job.id}"

    @property
    def created(self) -> int:
        """When it was asked, in epoch seconds."""
        return self.job.created_at // 1000

    def usage(self, tokens: int) -> Usage:
        """What it took, with `tokens` in the answer."""
        return Usage(self.prompt_tokens, tokens, self.prompt_tokens + tokens)

    def finish_reason(self, tokens: int) -> Literal["stop", "length"]:
        """Whether the answer ended by itself or at its budget."""
        return "length" if self.max_tokens is not None and tokens >= self.max_tokens else "stop"


async def whole(parts: Parts, asked: Asked, receive: Any) -> ChatCompletion:
    """The answer when it is there. Raises BrokenOff; a caller that leaves cancels the job."""
    collecting = asyncio.create_task(_collect(parts, asked))
    leaving = asyncio.create_task(client_left(receive))
    try:
        await asyncio.wait({collecting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if collecting.done():
            return collecting.result()
        raise BrokenOff(GONE, None)
    finally:
        collecting.cancel()
        leaving.cancel()
        await asyncio.gather(collecting, leaving, return_exceptions=True)
        await parts.completion.leave(asked.job)


class ChunkStream:
    """The answer as it comes: an ASGI response. A caller that leaves cancels the job."""

    def __init__(self, parts: Parts, asked: Asked) -> None:
        self._parts = parts
        self._asked = asked

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream."""
        headers = [*HEADERS, *notice_headers(self._asked)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(client_left(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            writing.cancel()
            leaving.cancel()
            await asyncio.gather(writing, leaving, return_exceptions=True)
            await self._parts.completion.leave(self._asked.job)

    async def _write(self, send: Any) -> None:
        async with contextlib.aclosing(self._frames()) as frames:
            async for frame in frames:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _frames(self) -> AsyncGenerator[bytes]:
        """Every frame; after the first byte an error is an event."""
        yield KEEP_ALIVE_FRAME
        try:
            async with contextlib.aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except AshaoError as error:
            yield b"data: " + event_of(error) + b"\n\n"
            return
        yield b"data: [DONE]\n\n"

    async def _chunks(self) -> AsyncGenerator[bytes]:
        asked, model = self._asked, ""
        async with contextlib.aclosing(_told(self._parts, asked.job.id)) as told:
            async for each in told:
                match each:
                    case KeepAlive():
                        yield KEEP_ALIVE_FRAME
                        continue
                    case TokenEvent(_, value):
                        delta = {"content": value}
                        finish = None
                    case DoneEvent(_, tokens):
                        delta, finish = {}, asked.finish_reason(tokens)
                if not model:
                    model = await _model(self._parts, asked.job)
                    yield self._chunk(model, {"role": "assistant", "content": ""}, None)
                yield self._chunk(model, delta, finish)
        if asked.includes_usage:
            yield self._frame(model, [], asked.usage(tokens))

    def _chunk(self, model: str, delta: dict[str, str], finish: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._frame(model, [choice], None)

    def _frame(self, model: str, choices: list[dict[str, Any]], usage: Usage | None) -> bytes:
        chunk: dict[str, Any] = {
            "id": self._asked.id,
            "object": "chat.completion.chunk",
            "created": self._asked.created,
            "model": model,
            "choices": choices,
        }
        if self._asked.includes_usage:
            chunk["usage"] = usage
        return b"data: " + _encode(chunk) + b"\n\n"


def notice_headers(asked: Asked) -> list[tuple[bytes, bytes]]:
    """Says, beside the answer, why no worker was waited for."""
    return [(b"ashao-notice", asked.notice.encode())] if asked.notice else []


async def _collect(parts: Parts, asked: Asked) -> ChatCompletion:
    text: list[str] = []
    tokens = 0
    async with contextlib.aclosing(_told(parts, asked.job.id)) as told:
        async for each in told:
            match each:
                case TokenEvent(_, value):
                    text.append(value)
                case DoneEvent(_, tokens):
                    break
    answer = AnswerMessage("".join(text))
    return ChatCompletion(
        id=asked.id,
        created=asked.created,
        model=await _model(parts, asked.job),
        choices=[Choice(answer, asked.finish_reason(tokens))],
        usage=asked.usage(tokens),
    )


async def _told(
    parts: Parts, job_id: JobId
) -> AsyncGenerator[TokenEvent | DoneEvent | KeepAlive]:
    """What the job says until it is done. Raises BrokenOff when it will never be."""
    job = await _now(parts, job_id)
    async with contextlib.aclosing(
        follow(parts.jobs, parts.fanout, job, FROM_THE_START)
    ) as followed:
        async for each in followed:
            match each:
                case TokenEvent():
                    yield each
                case DoneEvent():
                    yield each
                    return
                case ErrorEvent():
                    ended = await peek(parts.jobs, job_id)
                    raise BrokenOff(each.message, ended.error if ended else None)
                case Lost(message):
                    raise BrokenOff(message, None)
                case _:
                    yield KeepAlive()
    raise BrokenOff(LEAVING, None)
