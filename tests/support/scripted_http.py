"""A scripted HTTP server on loopback: each request gets the next reply of the script.

The replies are what real services do on good and bad days; the two fakes beside this file put
them into the words of their protocol.
"""

import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn

type Send = Callable[[dict[str, Any]], Awaitable[None]]
type Receive = Callable[[], Awaitable[dict[str, Any]]]
type End = Literal["close", "reset", "hang"]


@dataclass(frozen=True)
class Reply:
    """One response: a status, headers, body parts sent one by one, and how it ends."""

    parts: Sequence[str] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    end: End = "close"


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    path: str
    query: str
    headers: Mapping[str, str]
    body: Any


class ScriptedHttp:
    """An ASGI app; `script` holds the replies to come, the last one stays."""

    def __init__(self) -> None:
        self.base_url = ""
        self.script: list[Reply] = []
        self.requests: list[Request] = []
        self.hung_up = threading.Event()

    def reset(self) -> None:
        """Forget everything that was asked and scripted."""
        self.script, self.requests = [], []
        self.hung_up.clear()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Record the request and play the next reply."""
        self.requests.append(await _request(scope, receive))
        reply = self.script[0] if len(self.script) == 1 else self.script.pop(0)
        headers = {"content-type": "text/event-stream", **reply.headers}
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": lines})
        for part in reply.parts:
            await send({"type": "http.response.body", "body": part.encode(), "more_body": True})
        if reply.end == "reset":
            raise ConnectionResetError("scripted")  # the server drops the connection half-way
        if reply.end == "hang":
            while (await receive())["type"] != "http.disconnect":
                continue
            self.hung_up.set()
            return
        await send({"type": "http.response.body", "body": b""})


async def _request(scope: dict[str, Any], receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Request(
        scope["path"],
        scope["query_string"].decode(),
        {name.decode(): value.decode() for name, value in scope["headers"]},
        json.loads(body),
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@contextmanager
def served(app: ScriptedHttp, path: str = "") -> Iterator[None]:
    """Serve the app on a free port, in a thread, and fill in its `base_url`."""
    listener = socket.create_server(("127.0.0.1", 0))
    app.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert server.is_up.wait(10), "the scripted server did not start"
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
