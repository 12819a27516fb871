"""A small HTTP server on loopback; what it answers is a test's own function."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """What a client sent; `body` is its JSON."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Reply:
    """What goes back: `body` at once, then `lines` as they come."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    lines: AsyncIterator[str] | None = None


type Handler = Callable[[Request], Awaitable[Reply]]


def json_reply(data: object, status: int = 200, **headers: str) -> Reply:
    """A reply of JSON; `retry_after` becomes Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = {"Content-Type": "application/json"} | named
    return Reply(status, json.dumps(data).encode(), content)


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The server's address, while it runs."""
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_converse(handler, reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _converse(
    handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One request; a client that goes away cancels the handler."""
    try:
        request = await _request(reader)
        answering = asyncio.ensure_future(_answer(handler, request, writer))
        leaving = asyncio.ensure_future(reader.read())
        await asyncio.wait([answering, leaving], return_when=asyncio.FIRST_COMPLETED)
        for task in (answering, leaving):
            task.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)
    except (ConnectionError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, json.loads(body) if body else None)


async def _answer(handler: Handler, request: Request, writer: asyncio.StreamWriter) -> None:
    reply = await handler(request)
    headers = {"Connection": "close", **reply.headers}
    if reply.lines is None:
        headers["Content-Length"] = str(len(reply.body))
    head = [f"HTTP/1.1 {reply.status} Said", *(f"{key}: {value}" for key, value in headers.items())]
    writer.write("\r\n".join([*head, "", ""]).encode() + reply.body)
    await writer.drain()
    if reply.lines is not None:
        async for line in reply.lines:
            writer.write(line.encode() + b"\n")
            await writer.drain()
