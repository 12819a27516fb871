"""How a stream ends that its client does not end: by silence, or by a defect of ours."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from structlog.testing import capture_logs

from ashao.jobs.event import TokenEvent
from ashao.stream import sse
from ashao.stream.resume import Followed


async def test_a_client_that_reads_nothing_for_long_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sse, "READS_WITHIN_S", 0.02)
    closed = asyncio.Event()

    async def followed() -> AsyncGenerator[Followed]:
        try:
            for seq in range(1000):
                yield TokenEvent(seq, "a")
        finally:
            closed.set()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and b"token" in message["body"]:
            await asyncio.Event().wait()  # the buffers are full, for ever

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async with asyncio.timeout(5):
        await sse.EventStream(sse.framed(followed()))({}, receive, send)
    assert closed.is_set()


SECRET = "the words of somebody"


async def test_a_defect_is_logged_and_is_the_last_event_of_its_stream() -> None:
    """Nobody would reconnect to it for ever; and the log has its place, not its words."""

    async def broken() -> AsyncGenerator[bytes]:
        yield b"data: 1\n\n"
        raise KeyError(SECRET)

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async with asyncio.timeout(5):
        with capture_logs() as logs:
            await sse.EventStream(broken())({}, receive, send)
    assert [(each["event"], each["kind"]) for each in logs] == [("defect", "KeyError")]
    assert SECRET not in str(logs)
    *_, said, last = sent
    assert b'{"type":"error","message":"Something went wrong here.' in said["body"]
    assert last == {"type": "http.response.body", "body": b"", "more_body": False}
