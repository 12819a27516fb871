"""A client that neither reads nor leaves, as a half-open connection does, is let go."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from ashao.jobs.events import TokenEvent
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
