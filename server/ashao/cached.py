"""A value that is read from elsewhere at most so often, however many ask for it at once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ashao.tasks import spawn


class Cached[T]:
    """The latest value. Who asks while it is being read shares that read, and its failure."""

    def __init__(self, read: Callable[[], Coroutine[Any, Any, T]], ttl_s: float) -> None:
        self._read = read
        self._ttl_s = ttl_s
        self._reading: asyncio.Task[T] | None = None
        self._begun_at = 0.0

    async def get(self, *, anew: bool = False) -> T:
        """The value, no older than its time to live; `anew`: from a read that begins now."""
        now = asyncio.get_running_loop().time()
        reading = self._reading
        if anew or reading is None or not self._is_usable(reading, now):
            reading = spawn("cached-read", self._read(), handled=(Exception,))
            self._reading, self._begun_at = reading, now
        # Shielded: somebody else may be waiting for the same read.
        return await asyncio.shield(reading)

    def forget(self) -> None:
        """It is known to have changed: whoever asks next begins a read."""
        self._reading = None

    def _is_usable(self, reading: asyncio.Task[T], now: float) -> bool:
        if not reading.done():
            return True
        has_failed = reading.cancelled() or reading.exception() is not None
        return not has_failed and now - self._begun_at < self._ttl_s
