"""Fans one pub/sub connection out to every open stream of the process.

Delivery is at most once, and a loss is always told: a listener either gets every message that was
published after `listen` was entered, or is told to read the log again. It knows nothing of seqs.
"""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import structlog

from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.stream.listener import LISTENER_CAPACITY, Listener
from ashao.stream.queue_watch import QueueWatch
from ashao.stream.subscriber import Subscriber
from ashao.tasks import cancel_and_join, going_on, spawn

if TYPE_CHECKING:
    from ashao.store.redis import Redis

__all__ = ["LISTENER_CAPACITY", "Fanout", "Listener"]

log = structlog.get_logger(__name__)

CONFIRM_WITHIN_S = 5.0
RECONNECT_PAUSE_S = 0.2


class Listening:
    """An `async with` around one listener: there are as many as streams, so it is no generator."""

    __slots__ = ("_channel", "_fanout", "_listener")

    def __init__(self, fanout: "Fanout", channel: str, listener: Listener) -> None:
        self._fanout = fanout
        self._channel = channel
        self._listener = listener

    async def __aenter__(self) -> Listener:
        try:
            await self._fanout.enter(self._channel, self._listener)
        except BaseException:
            self._fanout.leave(self._channel, self._listener)
            raise
        return self._listener

    async def __aexit__(self, *_: object) -> None:
        self._fanout.leave(self._channel, self._listener)


class Fanout:
    """The shared subscriber. Open it with `async with`; it owns its connection and its tasks.

    Nobody else uses `blocking`: a Cluster's connections are all closed with the one that broke.
    """

    def __init__(self, blocking: "Redis") -> None:
        self._subscriber = Subscriber(blocking)
        self.queues = QueueWatch()
        self._listeners: dict[str, set[Listener]] = {}
        self._confirmations: dict[str, asyncio.Future[None]] = {}
        self._commands: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._has_ended = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def __aenter__(self) -> "Fanout":
        self._tasks = [
            spawn("fanout", self._read()),
            spawn("fanout-watch", self._subscriber.watch()),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        await cancel_and_join(*self._tasks, *self._commands)
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

    def listen(self, job_id: JobId) -> Listening:
        """A listener that misses nothing published once it is entered.

        To enter it raises StoreUnavailable when the store does not confirm the subscription in
        time.
        """
        return Listening(self, keys.channel(job_id), Listener())

    async def enter(self, channel: str, listener: Listener) -> None:
        """Hand it what is published from now on. Raises StoreUnavailable."""
        listener.is_closed = self._has_ended
        # Registered before SUBSCRIBE is sent: what arrives meanwhile finds its buffer.
        self._listeners.setdefault(channel, set()).add(listener)
        self._idle.clear()
        await self._wait_for_confirmation(channel)

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

    def leave(self, channel: str, listener: Listener) -> None:
        """Hand it nothing more."""
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
                    for message in await self._subscriber.receive():
                        self._deliver(*message)
                await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _reopen(self) -> None:
        """Subscribe a fresh connection to all channels; that invalidates every listener."""
        try:
            await self._subscriber.open(self._confirmations)
        except Exception as error:
            log.warning("fanout_waits_for_the_store", error=type(error).__name__)

    def _deliver(self, kind: str, channel: str, data: Any) -> None:
        if kind == "message":
            for listener in tuple(self._listeners.get(channel, ())):
                listener.push(data)
        elif kind == "subscribe":
            confirmation = self._confirmations.get(channel)
            if confirmation is not None and not confirmation.done():
                confirmation.set_result(None)
            else:
                for listener in tuple(self._listeners.get(channel, ())):
                    listener.invalidate()
