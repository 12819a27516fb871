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


class EventStream:
    """An ASGI response that ends with its frames, or with its client, whichever is first.

    The generator is always closed, also when the client vanishes while a frame is being sent. If
    it raises, that is logged, and `defect_frame` is the last one.
    """

    def __init__(
        self,
        frames: AsyncGenerator[bytes],
        headers: Sequence[tuple[bytes, bytes]] = (),
        defect_frame: bytes | None = None,
    ) -> None:
        self._frames = frames
        self._defect_frame = frame(DEFECT) if defect_frame is None else defect_frame
        self._headers = [*HEADERS, *headers]
        self._sends_since: float | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the stream."""
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        writing = spawn("stream", self._write(send), handled=(OSError,))  # the client's end
        leaving = spawn("stream-client", client_left(receive))
        try:
            await self._until_done(writing, leaving)
        finally:
            await cancel_and_join(writing, leaving)

    async def _until_done(self, *tasks: asyncio.Task[None]) -> None:
        """Return once a task has ended, or the client has taken nothing for too long."""
        loop, left, done = asyncio.get_running_loop(), READS_WITHIN_S, set[asyncio.Task[None]]()
        while not done and left > 0:
            done, _ = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            since = loop.time() if self._sends_since is None else self._sends_since
            left = since + READS_WITHIN_S - loop.time()

    async def _write(self, send: Any) -> None:
        # The first bytes go out at once: a proxy or a browser then knows that the stream is open.
        await self._send(send, KEEP_ALIVE_FRAME)
        async with contextlib.aclosing(self._whole_frames()) as frames:
            async for each in frames:
                await self._send(send, each)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Any, body: bytes) -> None:
        """Send, waiting for a slow client's room."""
        self._sends_since = asyncio.get_running_loop().time()
        await send({"type": "http.response.body", "body": body, "more_body": True})
        self._sends_since = None

    async def _whole_frames(self) -> AsyncGenerator[bytes]:
        """The frames; after a defect of ours the last one says so, and is not to be resumed."""
        try:
            async with contextlib.aclosing(self._frames) as frames:
                async for each in frames:
                    yield each
        except Exception as error:
            log_defect(error, task="stream")
            yield self._defect_frame


async def framed(followed: AsyncGenerator[Followed]) -> AsyncGenerator[bytes]:
    """A followed job as frames."""
    async with contextlib.aclosing(followed) as following:
        async for each in following:
            yield frame(each)


async def client_left(receive: Any) -> None:
    """Return once the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
