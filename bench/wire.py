"""HTTP by hand for measuring: a kept connection that posts, and one that reads a stream."""

import asyncio
from collections.abc import AsyncGenerator, Mapping


class Poster:
    """Posts JSON over one kept connection; waits for each answer."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{lines}"
        self._port = port

    async def __aenter__(self) -> "Poster":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def post(self, body: bytes) -> bytes:
        """Send and read the whole answer; fails when it is not a 2xx."""
        head = f"{self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert answer.startswith("http/1.1 2"), answer
        length = int(answer.partition("content-length: ")[2].partition("\r\n")[0])
        return await self._reader.readexactly(length)


async def events(port: int, path: str, headers: Mapping[str, str]) -> AsyncGenerator[bytes]:
    """The frames of a stream, as they come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
    try:
        await reader.readuntil(b"\r\n\r\n")
        while True:
            yield await reader.readuntil(b"\n\n")
    finally:
        writer.close()


async def first_line(port: int, path: str) -> bytes:
    """How the answer to a GET begins."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    try:
        return await reader.readuntil(b"\r\n")
    finally:
        writer.close()
