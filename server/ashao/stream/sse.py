"""A followed job as server-sent events (WHATWG HTML, section 9.2), as a plain ASGI response.

JSON has no raw line breaks, so a token can never forge a frame. After the first byte an error is
an event, never a status.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec

from ashao.jobs.events import DoneEvent, ErrorEvent, QueuedEvent, TokenEvent
from ashao.stream.resume import Followed, KeepAlive, Lost

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Proxies such as nginx would otherwise hold the answer back.
    (b"x-accel-buffering", b"no"),
]
KEEP_ALIVE_FRAME = b": keep-alive\n\n"
# A client that reads nothing for so long is let go; it may come back and resume.
READS_WITHIN_S = 60.0

_encode = msgspec.json.Encoder().encode


def frame(each: Followed) -> bytes:
    """One event as a frame. Only what the log keeps has an id: only that can be resumed from."""
    match each:
        case TokenEvent(seq, value):
            return _frame({"type": "token", "value": value}, seq)
        case DoneEvent(seq, tokens):
            return _frame({"type": "done", "tokens": tokens}, seq)
        case ErrorEvent(seq, message):
            return _frame({"type": "error", "message": message}, seq)
        case QueuedEvent():
            return _frame(_queued(each))
        case Lost(message):
            return _frame({"type": "error", "message": message})
        case KeepAlive():
            return KEEP_ALIVE_FRAME


def _queued(event: QueuedEvent) -> dict[str, object]:
    """Only what is known: no estimate is better than a made-up one."""
    more = {"etaMs": event.eta_ms, "noWorker": event.no_worker or None}
    known = {name: value for name, value in more.items() if value is not None}
    return {"type": "queued", "position": event.position, **known}


def _frame(data: dict[str, object], seq: int | None = None) -> bytes:
    name = b"" if seq is None else b"id: %d\n" % seq
    return name + b"data: " + _encode(data) + b"\n\n"


class EventStream:
    """An ASGI response that ends with its frames, or with its client, whichever is first.

    The generator is always closed, also when the client vanishes while a frame is being sent.
    """

    def __init__(
        self, frames: AsyncGenerator[bytes], headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        self._frames = frames
        self._headers = [*HEADERS, *headers]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream."""
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(client_left(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            writing.cancel()
            leaving.cancel()
            await asyncio.gather(writing, leaving, return_exceptions=True)

    async def _write(self, send: Any) -> None:
        # The first bytes go out at once: a proxy or a browser then knows that the stream is open.
        await _send_body(send, KEEP_ALIVE_FRAME)
        async with contextlib.aclosing(self._frames) as frames:
            async for each in frames:
                await _send_body(send, each)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def framed(followed: AsyncGenerator[Followed]) -> AsyncGenerator[bytes]:
    """A followed job as frames."""
    async with contextlib.aclosing(followed) as following:
        async for each in following:
            yield frame(each)


async def _send_body(send: Any, body: bytes) -> None:
    """Send, waiting for a slow client's room; raises TimeoutError when it stopped reading."""
    async with asyncio.timeout(READS_WITHIN_S):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def client_left(receive: Any) -> None:
    """Return once the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
