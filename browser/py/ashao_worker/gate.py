"""A thing that is open or shut, and whoever waits for either."""

import asyncio


class Gate:
    """Open or shut; anyone may wait for either."""

    def __init__(self, *, is_open: bool) -> None:
        self._opened, self._shut = asyncio.Event(), asyncio.Event()
        self.set(is_open=is_open)

    @property
    def is_open(self) -> bool:
        return self._opened.is_set()

    def set(self, *, is_open: bool) -> None:
        """Open or shut it."""
        now, before = (self._opened, self._shut) if is_open else (self._shut, self._opened)
        before.clear()
        now.set()

    async def until_open(self) -> None:
        """Wait while it is shut."""
        await self._opened.wait()

    async def until_shut(self) -> None:
        """Wait while it is open."""
        await self._shut.wait()
