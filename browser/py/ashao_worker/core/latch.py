"""A switch between open and closed, and whoever waits for either."""

import asyncio


class Latch:
    """Open or closed; anyone may wait for either."""

    def __init__(self, *, is_open: bool) -> None:
        self._opened, self._closed = asyncio.Event(), asyncio.Event()
        self.set(is_open=is_open)

    @property
    def is_open(self) -> bool:
        return self._opened.is_set()

    def set(self, *, is_open: bool) -> None:
        """Open or close it."""
        now, before = (self._opened, self._closed) if is_open else (self._closed, self._opened)
        before.clear()
        now.set()

    async def until_open(self) -> None:
        """Wait while it is closed."""
        await self._opened.wait()

    async def until_closed(self) -> None:
        """Wait while it is open."""
        await self._closed.wait()
