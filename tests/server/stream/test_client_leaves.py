"""A client that leaves takes its stream along, whatever is being done for it at that moment."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from ashao.stream.sse import EventStream

LEFT = {"type": "http.disconnect"}


class Client:
    """Leaves while it is sent its first frame, or once it has that; a server tells no sender."""

    def __init__(self, *, leaves_in_mid_frame: bool) -> None:
        self._has_frame = asyncio.Event()
        self._leaves_in_mid_frame = leaves_in_mid_frame
        self.has_left = asyncio.Event()

    async def send(self, message: dict[str, Any]) -> None:
        """The frame waits for a client that is about to leave."""
        if message.get("body") == b"data: 1\n\n":
            self._has_frame.set()
            if self._leaves_in_mid_frame:
                await self.has_left.wait()

    async def receive(self) -> dict[str, Any]:
        """The end."""
        await self._has_frame.wait()
        self.has_left.set()
        return LEFT


@pytest.mark.parametrize("leaves_in_mid_frame", [True, False])
async def test_a_stream_ends_with_its_client(leaves_in_mid_frame: bool) -> None:
    """Nothing more is said on it that could find out."""
    is_closed = asyncio.Event()

    async def frames() -> AsyncGenerator[bytes]:
        try:
            yield b"data: 1\n\n"
            await asyncio.Event().wait()
        finally:
            is_closed.set()

    client = Client(leaves_in_mid_frame=leaves_in_mid_frame)
    async with asyncio.timeout(5):
        await EventStream(frames())({}, client.receive, client.send)
    assert is_closed.is_set()
