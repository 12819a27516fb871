"""HTTP by hand for measuring: a kept connection that posts, and one that reads a stream."""

import asyncio
from collections.abc import AsyncGenerator, Mapping


class Poster:
    """Posts JSON over one kept connection; waits for each answer."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{lines}"
        self._port = port
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> "Poster":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._line is not None:
            self._line[1].close()

    async def post(self, body: bytes) -> bytes:
        """Send and read the whole answer; fails when it is not a 2xx."""
        if self._line is None or self._line[0].at_eof():  # servers close idle ones
            self._line = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._line
        writer.write(self._head.encode() + _with_body(body))
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert answer.startswith("http/1.1 2"), answer
        length = int(answer.partition("content-length: ")[2].partition("\r\n")[0])
        return await reader.readexactly(length)


async def events(
    port: int, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> AsyncGenerator[bytes]:
    """The frames of a stream, as they come; one that is asked for by a POST has a body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    verb, rest = ("GET", b"\r\n") if body is None else ("POST", _with_body(body))
    writer.write(f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}".encode() + rest)
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        while True:
            yield await reader.readuntil(b"\n\n")
    finally:
        writer.close()


def _with_body(body: bytes) -> bytes:
    head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
