"""A server of a trivial app that is served to strangers as ours is, with limits of a test's own."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn

from ashao.commands.connections import Connections, Patience
from ashao.commands.protocol import configuration
from ashao.settings import Settings

NEVER = Patience(head_s=600, body_s=600, idle_s=600, unread_s=600, head_bytes=4096)
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
MANY_DESCRIPTORS = 10_000


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads what it is sent, answers with its length; /early does not wait, /flood never ends."""
    if scope["type"] == "lifespan":
        return
    size, message = 0, {"more_body": scope["path"] != "/early"}
    while message.get("more_body"):
        message = await receive()
        size += len(message.get("body", b""))
    if message.get("type") == "http.disconnect":
        return
    text = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while scope["path"] == "/flood" and (await asyncio.wait_for(_sent(send), 60)):
        pass
    await send({"type": "http.response.body", "body": text})


async def _sent(send: Any) -> bool:
    await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await asyncio.sleep(0)
    return True


class Town:
    """A server and its counts."""

    def __init__(self, port: int, server: uvicorn.Server) -> None:
        self._port = port
        self._server = server

    @property
    def open(self) -> int:
        """How many connections the server has."""
        return len(self._server.server_state.connections)

    async def connect(self, **options: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port, **options)

    async def ask(self, *parts: bytes) -> bytes:
        """All that comes back until the server hangs up."""
        reader, writer = await self.connect()
        for part in parts:
            writer.write(part)
        received = await to_the_end(reader)
        writer.close()
        return received


async def to_the_end(reader: asyncio.StreamReader) -> bytes:
    """All that comes back until the server hangs up."""
    received = b""
    with suppress(ConnectionError):
        while part := await reader.read(65536):
            received += part
    return received


@asynccontextmanager
async def town(
    patience: Patience,
    descriptors: int = MANY_DESCRIPTORS,
    settings: Settings | None = None,
    served: Any = app,
) -> AsyncIterator[Town]:
    """A server of these limits."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = configuration(served, Connections(settings or Settings(), descriptors, patience))
    config.lifespan = "off"
    server = uvicorn.Server(config)
    async with asyncio.timeout(60):
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield Town(listener.getsockname()[1], server)
        finally:
            await server.shutdown(sockets=[listener])
            logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)


def status(reply: bytes) -> int:
    """Of an answer."""
    return int(reply.split(b" ", 2)[1])


def sentence(reply: bytes) -> str:
    """Of a refusal after which the server hangs up."""
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    said: str = json.loads(body)["error"]
    return said
