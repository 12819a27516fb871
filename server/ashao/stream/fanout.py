"""Fans one pub/sub connection out to every open stream of the process.

Delivery is at most once, and a loss is always told: a listener either gets every message that was
published after `listen` was entered, or is told to read the log again. It knows nothing of seqs.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any

import structlog

from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.event import QueuedEvent
from ashao.jobs.job import JobId
from ashao.stream.queue_watch import QueueWatch
from ashao.stream.subscriber import Subscriber
from ashao.tasks import cancel_and_join, going_on, spawn

if TYPE_CHECKING:
    from ashao.store.redis import Redis

log = structlog.get_logger(__name__)

CONFIRM_WITHIN_S = 5.0
RECONNECT_PAUSE_S = 0.2
LISTENER_CAPACITY = 256


class Listener:
    """One stream's bounded buffer of messages."""

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


class Fanout:
    """The shared subscriber. Open it with `async with`; it owns its connection and its one task.

    Nobody else uses `blocking`: a Cluster's connections are all closed with the one that broke.
    """

    def __init__(self, blocking: "Redis") -> None:
        self._subscriber = Subscriber(blocking)
        self.queues = QueueWatch()
        self._listeners: dict[str, set[Listener]] = {}
        self._confirmations: dict[str, asyncio.Future[None]] = {}
        self._commands: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._has_ended = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def __aenter__(self) -> "Fanout":
        self._reader = spawn("fanout", self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            await cancel_and_join(self._reader, *self._commands)
        await self.queues.aclose()
        await self._subscriber.aclose()

    def end_streams(self) -> None:
        """This process leaves: every stream ends where it is, to be resumed elsewhere.

        One that is opened after this ends at once.
        """
        self._has_ended = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.is_closed = True
                listener.invalidate()

    async def until_idle(self) -> None:
        """Return once no stream is open here."""
        await self._idle.wait()

    @contextlib.asynccontextmanager
    async def listen(self, job_id: JobId) -> AsyncIterator[Listener]:
        """A listener that misses nothing published from now on.

        Raises StoreUnavailable when the store does not confirm the subscription in time.
        """
        channel = keys.channel(job_id)
        listener = Listener()
        listener.is_closed = self._has_ended
        # Registered before SUBSCRIBE is sent: what arrives meanwhile finds its buffer.
        self._listeners.setdefault(channel, set()).add(listener)
        self._idle.clear()
        try:
            await self._wait_for_confirmation(channel)
            yield listener
        finally:
            self._unlisten(channel, listener)

    async def _wait_for_confirmation(self, channel: str) -> None:
        """Return once the store has confirmed the subscription to this channel."""
        confirmation = self._confirmations.get(channel)
        if confirmation is None:
            confirmation = asyncio.get_running_loop().create_future()
            self._confirmations[channel] = confirmation
            self._command(self._subscriber.subscribe(channel))
        try:
            async with asyncio.timeout(CONFIRM_WITHIN_S):
                await asyncio.shield(confirmation)
        except TimeoutError as error:
            self._subscriber.reset()
            raise StoreUnavailable from error

    def _command(self, command: Coroutine[Any, Any, None]) -> None:
        """Tell the store, in order, and also when the reader that asked for it is gone by then.

        A subscription belongs to all readers of its channel, and a command that is cut off while
        it is being sent breaks the connection of every stream.
        """
        task = spawn("fanout-command", command)
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    def _unlisten(self, channel: str, listener: Listener) -> None:
        listener.forget()
        self._listeners[channel].discard(listener)
        if self._listeners[channel]:
            return
        del self._listeners[channel]
        if not self._listeners:
            self._idle.set()
        del self._confirmations[channel]
        # Who comes meanwhile subscribes after this: the subscriber keeps the order.
        self._command(self._subscriber.unsubscribe(channel))

    async def _read(self) -> None:
        while True:
            async with going_on("fanout", RECONNECT_PAUSE_S):
                await self._reopen()
                while self._subscriber.is_open:
                    if (message := await self._subscriber.receive()) is not None:
                        self._deliver(message)
                await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _reopen(self) -> None:
        """Subscribe a fresh connection to all channels; that invalidates every listener."""
        try:
            await self._subscriber.open(self._confirmations)
        except Exception as error:
            log.warning("fanout_waits_for_the_store", error=type(error).__name__)

    def _deliver(self, message: dict[str, Any]) -> None:
        channel = _text(message["channel"])
        if message["type"] == "message":
            for listener in tuple(self._listeners.get(channel, ())):
                listener.push(message["data"])
        elif message["type"] == "subscribe":
            confirmation = self._confirmations.get(channel)
            if confirmation is not None and not confirmation.done():
                confirmation.set_result(None)
            else:
                for listener in tuple(self._listeners.get(channel, ())):
                    listener.invalidate()


def _text(channel: bytes | str) -> str:
    return channel.decode() if isinstance(channel, bytes) else channel
