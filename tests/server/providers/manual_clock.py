"""A clock that only tests move; its pauses pass at once and are remembered."""

import asyncio


class ManualClock:
    """Starts a day into the epoch."""

    def __init__(self) -> None:
        self.ms = 86_400_000
        self.pauses_s: list[float] = []

    def now_ms(self) -> int:
        """The time that was set."""
        return self.ms

    async def sleep(self, seconds: float) -> None:
        """Let others run, and move on."""
        self.pauses_s.append(seconds)
        self.ms += int(seconds * 1000)
        await asyncio.sleep(0)
