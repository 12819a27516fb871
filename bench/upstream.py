"""The model behind the LiteLLM proxy: an OpenAI-compatible server inside the driver.

A stream waits for the driver, who says each chunk itself and so knows when it left; a request that
asks for no stream is answered at once by one token.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
CHUNK = b"data: %b\n\n"
SHORT = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


def chunk(text: str, finish: str | None = None) -> bytes:
    """The event that brings a piece of text."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    event = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return CHUNK % json.dumps({**event, "choices": [choice]}).encode()


def end(stream: asyncio.StreamWriter) -> None:
    """The answer is whole: one that just breaks off would have LiteLLM avoid this model."""
    stream.write(chunk("", "stop") + CHUNK % b"[DONE]")
    stream.close()


class Upstream:
    """The open streams, by the question that each answers."""

    def __init__(self) -> None:
        self._streams: dict[str, asyncio.Future[asyncio.StreamWriter]] = {}
        self.port = 0

    def stream(self, question: str) -> asyncio.Future[asyncio.StreamWriter]:
        """Where to write the answer's chunks, once it was asked for."""
        made = asyncio.get_running_loop().create_future
        return self._streams.setdefault(question, made())

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes on one connection."""
        try:
            while True:
                body = await _request(reader)
                if body.get("stream"):
                    writer.write(STREAM_HEAD)
                    self.stream(body["messages"][-1]["content"]).set_result(writer)
                    return
                answer = json.dumps(SHORT).encode()
                head = f"Content-Type: application/json\r\nContent-Length: {len(answer)}"
                writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def _request(reader: asyncio.StreamReader) -> dict[str, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
    body: dict[str, Any] = json.loads(await reader.readexactly(length) or "{}")
    return body


@asynccontextmanager
async def upstream() -> AsyncGenerator[Upstream]:
    """A running one."""
    running = Upstream()
    server = await asyncio.start_server(running.converse, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
