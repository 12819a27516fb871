"""The process's one pub/sub connection: one task opens and reads it, many change its channels.

The library would reconnect inside whichever call meets the break; two such calls at once leave a
connection that receives nothing, for ever. So here it never reconnects: a break is an error, and
only the reading task opens a fresh connection. One that is silent is pinged: a connection can be
dead without being closed. Nor does the library read it, at many times the cost: what arrived is
parsed at once, as many messages as there are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

import hiredis
import structlog
from redis.asyncio import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

if TYPE_CHECKING:
    from ashao.store.redis import Redis

type Command = Callable[[str], Awaitable[None]]
type Message = tuple[str, str, Any]
"""`message` or the command that it confirms, the channel, and what was published there."""

log = structlog.get_logger(__name__)

# Keeps the connection in subscriber mode while nobody listens; nothing is published on it.
IDLE_CHANNEL = "ashao:fanout"
OPEN_WITHIN_S = 5.0
PING_AFTER_S = 3.0  # of silence; a reply may take as long
READ_BYTES = 1 << 16
NO_RETRY: Any = Retry(NoBackoff(), 0, supported_errors=())


class Subscriber:
    """One connection at a time. It knows channels and messages, not who listens."""

    def __init__(self, blocking: "Redis") -> None:
        self._blocking = blocking
        self._pubsub: Any = None
        self._retry: Any = None
        self._arriving = asyncio.StreamReader()
        self._parser = hiredis.Reader()
        self._lock = asyncio.Lock()
        self._channels: set[str] = set()
        self._has_heard = False
        self._awaits_reply = False
        self.is_open = False

    async def open(self, channels: Iterable[str]) -> None:
        """Open a fresh connection, subscribed to these channels; raises what goes wrong.

        A channel that is added while this waits is included: `channels` is read at the end.
        """
        async with self._lock:
            await self._close()
            async with asyncio.timeout(OPEN_WITHIN_S):
                self._pubsub = await self._fresh()
                await self._pubsub.subscribe(IDLE_CHANNEL)
                self._retry = self._pubsub.connection.retry
                self._pubsub.connection.retry = NO_RETRY
                # There is no public way to its bytes; TLS, Sentinel and a Cluster are below it.
                self._arriving = self._pubsub.connection._reader
                self._parser = hiredis.Reader(encoding="utf-8")
                self._channels = set(channels)
                if self._channels:
                    await self._pubsub.subscribe(*self._channels)
            self._awaits_reply = False
            self.is_open = True

    async def _fresh(self) -> Any:
        """Any node of a Cluster receives everything; which ones there are may have changed."""
        if not isinstance(self._blocking, RedisCluster):
            return self._blocking.pubsub()
        await self._blocking.aclose()
        await self._blocking.initialize()
        return self._blocking.pubsub(node=self._blocking.get_random_node())

    async def subscribe(self, channel: str) -> None:
        """Subscribe to this channel too. While the connection is broken, `open` will see to it."""
        async with self._lock:
            if self.is_open and channel not in self._channels:
                self._channels.add(channel)
                await self._command(self._pubsub.subscribe, channel)

    async def unsubscribe(self, channel: str) -> None:
        """Unsubscribe from this channel."""
        async with self._lock:
            self._channels.discard(channel)
            if self.is_open:
                await self._command(self._pubsub.unsubscribe, channel)

    async def _command(self, command: Command, channel: str) -> None:
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                await command(channel)
        except Exception as error:
            self._on_failure(error)

    async def receive(self) -> list[Message]:
        """The messages that came next; none when the connection broke."""
        try:
            data = await self._arriving.read(READ_BYTES)
            if not data:
                raise ConnectionError
            self._has_heard = True
            self._parser.feed(data)
            return self._messages()
        except Exception as error:
            self._on_failure(error)
            return []

    def _messages(self) -> list[Message]:
        messages: list[Message] = []
        while (message := self._parser.gets()) is not False:
            if not isinstance(message, list):  # a refusal
                raise ConnectionError
            kind, channel, data = message
            messages.append((kind, channel, data))
        return messages

    async def watch(self) -> None:
        """Make a connection that is silent reply, for ever: one that does not is broken."""
        while True:
            await asyncio.sleep(PING_AFTER_S)
            if self._has_heard or not self.is_open:
                self._has_heard = self._awaits_reply = False
            else:
                await self._ping()

    async def _ping(self) -> None:
        """The store confirms a channel as often as it is subscribed to."""
        if self._awaits_reply:
            self._on_failure(TimeoutError())
            return
        self._awaits_reply = True
        async with self._lock:
            if self.is_open:
                await self._command(self._pubsub.subscribe, IDLE_CHANNEL)

    def reset(self) -> None:
        """What it was told had no effect: have a fresh connection opened."""
        self._on_failure(TimeoutError())

    async def aclose(self) -> None:
        """Close the connection."""
        async with self._lock:
            await self._close()

    def _on_failure(self, error: Exception) -> None:
        """Whatever it was, a fresh connection is the cure."""
        self.is_open = False
        self._arriving.feed_eof()  # whoever waits in `receive` hears of it
        log.warning("subscriber_broke", error=type(error).__name__)

    async def _close(self) -> None:
        self.is_open = False
        if self._pubsub is None:
            return
        pubsub, self._pubsub = self._pubsub, None
        if pubsub.connection is not None and self._retry is not None:
            pubsub.connection.retry = self._retry  # it goes back to the pool
        await pubsub.aclose()
