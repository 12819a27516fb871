"""An answer that is spelled once arrives as any other, whatever else the connection does."""

import asyncio
from typing import Any

import pytest

from ashao.api.http.ready_answer import EXTENSION, ReadyAnswer
from tests.support.bounded_server import NEVER, Town, status, town

READY = ReadyAnswer({"Content-Type": "application/json"}, b'{"result":"ok"}')
POST = b"POST /%b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n%b\r\n{}"
CLOSE = b"Connection: close\r\n"


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Answers by the protocol's own way, or as where there is none."""
    await receive()
    if scope["path"] == "/plain":
        del scope["extensions"][EXTENSION]
    await READY.give(scope, send)


async def _asked(running: Town, *paths: bytes) -> list[bytes]:
    """The answers to requests that are sent together; the last one ends the connection."""
    *first, last = paths
    sent = b"".join([*(POST % (path, b"") for path in first), POST % (last, CLOSE)])
    async with asyncio.timeout(10):
        received = await running.ask(sent)
    return [b"HTTP/1.1 " + each for each in received.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize(
    "paths", [[b"ready"], [b"plain"], [b"ready", b"plain", b"ready"], [b"ready"] * 5]
)
async def test_each_request_gets_its_answer(paths: list[bytes]) -> None:
    """Also those that wait behind another, and the one that ends the connection."""
    async with town(NEVER, served=_app) as running:
        answers = await _asked(running, *paths)
    assert [status(each) for each in answers] == [200] * len(paths)
    assert all(each.endswith(b'\r\n\r\n{"result":"ok"}') for each in answers)


async def test_both_ways_say_the_same() -> None:
    async with town(NEVER, served=_app) as running:
        (ready, _), (plain, _) = [
            await _asked(running, path, b"plain") for path in (b"ready", b"plain")
        ]
    assert _without_date(ready) == _without_date(plain)


async def test_a_connection_serves_one_request_after_the_other() -> None:
    """It is not closed, and its next request is answered in the same way."""
    async with town(NEVER, served=_app) as running:
        reader, writer = await running.connect()
        for _ in range(3):
            writer.write(POST % (b"ready", b""))
            async with asyncio.timeout(10):
                await reader.readuntil(b'{"result":"ok"}')
        writer.close()


def _without_date(answer: bytes) -> list[bytes]:
    return sorted(line for line in answer.split(b"\r\n") if not line.startswith(b"date:"))
