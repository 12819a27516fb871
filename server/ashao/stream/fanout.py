"""One pub/sub connection per process, shared by every open stream.

It promises little and says when it broke that little: a listener either gets every message that was
published after `listen` was entered, or is told to read the log again. It knows nothing of seqs.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import structlog

from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.stream.subscriber import Subscriber

if TYPE_CHECKING:
    from ashao.store.redis import Redis

log = structlog.get_logger(__name__)

CONFIRM_WITHIN_S = 5.0
RECONNECT_PAUSE_S = 0.2
LISTENER_CAPACITY = 256


class Listener:
    """One stream's bounded ear."""

    def __init__(self, capacity: int = LISTENER_CAPACITY) -> None:
        self._messages: deque[bytes | str] = deque()
        self._capacity = capacity
        self._wake = asyncio.Event()
        self._is_broken = False
        self.is_over = False

    def push(self, message: bytes | str) -> None:
        """Hand over a message; never blocks and never raises. A full ear is emptied and broken."""
        if len(self._messages) >= self._capacity:
            self.break_off()
        elif not self._is_broken:
            self._messages.append(message)
            self._wake.set()

    def break_off(self) -> None:
        """Something may have been missed: drop the rest, the log has it all."""
        self._messages.clear()
        self._is_broken = True
        self._wake.set()

    async def next(self, timeout_s: float) -> bytes | str | None:
        """The next message, or None when the log must be read again (a break, or a quiet spell)."""
        if not self._messages and not self._is_broken:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._wake.wait()
        if self._messages:
            message = self._messages.popleft()
            self._reset_wake()
            return message
        self._is_broken = False
        self._reset_wake()
        return None

    def _reset_wake(self) -> None:
        if not self._messages and not self._is_broken:
            self._wake.clear()


class Fanout:
    """The shared subscriber. Open it with `async with`; it owns its connection and its one task.

    Nobody else uses `blocking`: a Cluster's connections are all closed with the one that broke.
    """

    def __init__(self, blocking: "Redis") -> None:
        self._subscriber = Subscriber(blocking)
        self._listeners: dict[str, set[Listener]] = {}
        self._confirmations: dict[str, asyncio.Future[None]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._has_ended = False
        self._silent = asyncio.Event()
        self._silent.set()

    async def __aenter__(self) -> "Fanout":
        self._reader = asyncio.create_task(self._read(), name="fanout")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._subscriber.aclose()

    def end_streams(self) -> None:
        """This process leaves: every stream ends where it is, to be resumed elsewhere.

        One that is opened after this ends at once.
        """
        self._has_ended = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.is_over = True
                listener.break_off()

    async def until_silent(self) -> None:
        """Return once no stream is open here."""
        await self._silent.wait()

    @contextlib.asynccontextmanager
    async def listen(self, job_id: JobId) -> AsyncIterator[Listener]:
        """A listener that misses nothing published from now on.

        Raises StoreUnavailable when the store does not confirm the subscription in time.
        """
        channel = keys.channel(job_id)
        listener = Listener()
        listener.is_over = self._has_ended
        # Registered before SUBSCRIBE is awaited: what arrives meanwhile finds its ear.
        self._listeners.setdefault(channel, set()).add(listener)
        self._silent.clear()
        try:
            await self._confirmed(channel)
            yield listener
        finally:
            await self._leave(channel, listener)

    async def _confirmed(self, channel: str) -> None:
        """Return once the store has confirmed the subscription to this channel."""
        confirmation = self._confirmations.get(channel)
        is_first = confirmation is None
        if confirmation is None:
            confirmation = asyncio.get_running_loop().create_future()
            self._confirmations[channel] = confirmation
        try:
            async with asyncio.timeout(CONFIRM_WITHIN_S):
                if is_first:
                    await self._subscriber.subscribe(channel)
                await asyncio.shield(confirmation)
        except TimeoutError as error:
            self._subscriber.distrust()
            raise StoreUnavailable from error

    async def _leave(self, channel: str, listener: Listener) -> None:
        self._listeners[channel].discard(listener)
        if self._listeners[channel]:
            return
        del self._listeners[channel]
        if not self._listeners:
            self._silent.set()
        del self._confirmations[channel]
        # Who comes meanwhile subscribes after this: the subscriber keeps the order.
        await self._subscriber.unsubscribe(channel)

    async def _read(self) -> None:
        while True:
            await self._reopen()
            while self._subscriber.is_open:
                if (message := await self._subscriber.hear()) is not None:
                    self._deliver(message)
            await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _reopen(self) -> None:
        """A fresh connection hears all channels; its confirmations break off every listener."""
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
                    listener.break_off()


def _text(channel: bytes | str) -> str:
    return channel.decode() if isinstance(channel, bytes) else channel
