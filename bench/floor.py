"""The least that relays a token: POST -> PUBLISH -> one SUBSCRIBE -> SSE, and nothing else.

One connection to the store for all posts and one for all readers, spoken by hand. No fence, no log,
no replay, no owner: what it loses is lost. Run as `python -m bench.floor STORE_SOCKET PORT_FILE`.
"""

import asyncio
import socket
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hiredis
import uvicorn

OPEN = b": open\n\n"

type Receive = Callable[[Any], None]


class Line(asyncio.Protocol):
    """A connection to the store; each reply or push goes to `receive`."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._parser = hiredis.Reader()
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._parser.feed(data)
        while (reply := self._parser.gets()) is not False:
            self._receive(reply)

    def send(self, *command: Any) -> None:
        """Send a command."""
        self.transport.write(hiredis.pack_command(command))


class Relay:
    """An ASGI app: a POST publishes its body on its path, a GET streams what is published there."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._replies: deque[asyncio.Future[Any]] = deque()
        self._readers: dict[bytes, asyncio.Queue[bytes]] = {}
        self._out: Any = None
        self._in: Any = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve a request."""
        if self._out is None:
            loop, path = asyncio.get_running_loop(), self._store
            _, self._out = await loop.create_unix_connection(lambda: Line(self._replied), path)
            _, self._in = await loop.create_unix_connection(lambda: Line(self._heard), path)
        serve = self._post if scope["method"] == "POST" else self._stream
        await serve(scope["path"].encode(), receive, send)

    async def _post(self, path: bytes, receive: Any, send: Any) -> None:
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._replies.append(reply)
        self._out.send(b"PUBLISH", path, (await receive())["body"])
        await reply
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    async def _stream(self, path: bytes, _: Any, send: Any) -> None:
        queue = self._readers[path] = asyncio.Queue()
        self._in.send(b"SUBSCRIBE", path)
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while True:
            body = await queue.get()
            await send({"type": "http.response.body", "body": body, "more_body": True})

    def _replied(self, reply: Any) -> None:
        self._replies.popleft().set_result(reply)

    def _heard(self, push: list[Any]) -> None:
        kind, path, data = push
        frame = OPEN if kind == b"subscribe" else b"data: %b\n\n" % data
        self._readers[path].put_nowait(frame)


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    Path(sys.argv[2]).write_text(str(listener.getsockname()[1]))
    config = uvicorn.Config(Relay(sys.argv[1]), log_level="critical", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])
