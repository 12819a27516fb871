"""A followed job as server-sent events (WHATWG HTML, section 9.2), as a plain ASGI response.

JSON has no raw line breaks, so a token can never forge a frame. After the first byte an error is
an event, never a status.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec

from ashao.jobs.event import DoneEvent, ErrorEvent, QueuedEvent, StoredEvent, TokenEvent
from ashao.stream.resume import Followed, KeepAlive, Lost
from ashao.tasks import cancel_and_join, log_defect, spawn

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    # Whoever compresses the answer on its way would hold it back, and so would nginx.
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]
KEEP_ALIVE_FRAME = b": keep-alive\n\n"
# A client that reads nothing for so long is let go; it may come back and resume.
READS_WITHIN_S = 60.0

DEFECT = Lost("Something went wrong here. Please load the page again.")

_encode = msgspec.json.Encoder().encode


def frame(each: Followed) -> bytes:
    """One event as a frame. Only what the log keeps has an id: only that can be resumed from."""
    match each:
        case TokenEvent(value=value, thinking=thinking):
            kind, text = (b"thinking", thinking) if thinking else (b"token", value)
            return b'%bdata: {"type":"%b","value":%b}\n\n' % (_id_of(each), kind, _encode(text))
        case DoneEvent(tokens=tokens):
            return _id_of(each) + _frame({"type": "done", "tokens": tokens})
        case ErrorEvent(message=message):
            return _id_of(each) + _frame({"type": "error", "message": message})
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


def _frame(data: dict[str, object]) -> bytes:
    return b"data: " + _encode(data) + b"\n\n"


def _id_of(event: StoredEvent) -> bytes:
    """By the standard the last `id` counts; a page of before there were digests sees the number."""
    bare = f"id: {event.seq}\n"
    return (f"{bare}id: {event.seq}-{event.digest}\n" if event.digest else bare).encode()


class ClientGone(Exception):
    """Nothing can be sent any more."""


class EventStream:
    """An ASGI response that ends with its frames, or with its client, whichever is first.

    The generator is always closed, also when the client vanishes while a frame is being sent. If
    it raises, that is logged, and `defect_frame` is the last one. `opening` goes out at once: a
    proxy or a browser then knows that the stream is open.
    """

    def __init__(
        self,
        frames: AsyncGenerator[bytes],
        headers: Sequence[tuple[bytes, bytes]] = (),
        defect_frame: bytes | None = None,
        opening: bytes = KEEP_ALIVE_FRAME,
    ) -> None:
        self._opening = opening
        self._frames = frames
        self._defect_frame = frame(DEFECT) if defect_frame is None else defect_frame
        self._headers = headers
        self._sending_since: float | None = None
        self._watch: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream."""
        headers = [*HEADERS, *self._headers]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with contextlib.suppress(TimeoutError, ClientGone):
            async with asyncio.timeout(None) as patience, contextlib.aclosing(self._frames):
                leaving = spawn("stream-client", self._end_with_client(receive, patience))
                try:
                    await self._write(send, patience)
                finally:
                    if self._watch is not None:
                        self._watch.cancel()
                    await cancel_and_join(leaving)

    async def _write(self, send: Any, patience: asyncio.Timeout) -> None:
        await self._send(send, self._opening, patience)
        try:
            async for each in self._frames:
                await self._send(send, each, patience)
        except ClientGone:
            raise
        except Exception as error:  # a defect of ours: nobody is to come back for the rest
            log_defect(error, task="stream")
            await self._send(send, self._defect_frame, patience)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Any, body: bytes, patience: asyncio.Timeout) -> None:
        """Send, waiting for a slow client's room. Raises ClientGone."""
        loop = asyncio.get_running_loop()
        self._sending_since = loop.time()
        if self._watch is None:
            self._watch = loop.call_later(READS_WITHIN_S, self._look, patience)
        try:
            await send({"type": "http.response.body", "body": body, "more_body": True})
        except OSError as error:
            raise ClientGone from error
        self._sending_since = None

    def _look(self, patience: asyncio.Timeout) -> None:
        """Whether the client is too slow: one timer, not one for each event."""
        self._watch = None
        if self._sending_since is None:
            return
        loop = asyncio.get_running_loop()
        left_s = self._sending_since + READS_WITHIN_S - loop.time()
        if left_s > 0:
            self._watch = loop.call_later(left_s, self._look, patience)
        else:
            _expire(patience)

    async def _end_with_client(self, receive: Any, patience: asyncio.Timeout) -> None:
        await client_left(receive)
        _expire(patience)


def _expire(patience: asyncio.Timeout) -> None:
    if not patience.expired():
        patience.reschedule(0)


async def framed(followed: AsyncGenerator[Followed]) -> AsyncGenerator[bytes]:
    """A followed job as frames."""
    async with contextlib.aclosing(followed) as following:
        async for each in following:
            yield frame(each)


async def client_left(receive: Any) -> None:
    """Return once the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
