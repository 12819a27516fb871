"""One stream's buffer between the shared subscriber, which never waits, and a reader, who may."""

import asyncio

from ashao.jobs.event import QueuedEvent

LISTENER_CAPACITY = 256


class Listener:
    """A bounded buffer of messages."""

    # There are as many as streams, and most of them wait: a list takes less than a deque.
    __slots__ = (
        "_alarm",
        "_capacity",
        "_is_broken",
        "_loop",
        "_messages",
        "_quiet_at",
        "_waiter",
        "has_missed",
        "is_closed",
    )

    def __init__(self, capacity: int = LISTENER_CAPACITY) -> None:
        self._messages: list[bytes | str | QueuedEvent] = []
        self._capacity = capacity
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._quiet_at = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._is_broken = False
        self.has_missed = False
        self.is_closed = False

    def push(self, message: bytes | str | QueuedEvent) -> None:
        """Hand over a message; never blocks and never raises. A full one is emptied and broken."""
        if len(self._messages) >= self._capacity:
            self.invalidate()
        elif not self._is_broken:
            self._messages.append(message)
            self._wake()

    def invalidate(self) -> None:
        """Something may have been missed: drop the rest, the log has it all."""
        self._messages.clear()
        self._is_broken = True
        self._wake()

    async def next(self, timeout_s: float) -> bytes | str | QueuedEvent | None:
        """The next message, or None: none came for so long, or `has_missed` one perhaps."""
        if not self._messages and not self._is_broken:
            await self._woken(timeout_s)
        if self._messages:
            return self._messages.pop(0)
        self.has_missed, self._is_broken = self._is_broken, False
        return None

    def forget(self) -> None:
        """Nobody listens any more."""
        if self._alarm is not None:
            self._alarm.cancel()

    async def _woken(self, timeout_s: float) -> None:
        self._quiet_at = self._loop.time() + timeout_s
        if self._alarm is None or self._alarm.when() > self._quiet_at:
            self._set_alarm()
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _set_alarm(self) -> None:
        self.forget()
        self._alarm = self._loop.call_at(self._quiet_at, self._on_alarm)

    def _on_alarm(self) -> None:
        """Messages put the end of the wait off, not the alarm: it looks, and comes again."""
        self._alarm = None
        if self._loop.time() < self._quiet_at:
            self._set_alarm()
        else:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
