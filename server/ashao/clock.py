"""Time inside one process: lengths and pauses. A job's moments are on the store's clock."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What a part that waits needs; tests pass their own."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, by this machine."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Pause the calling task."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Pause the calling task."""
        await asyncio.sleep(seconds)
