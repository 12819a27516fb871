"""The process's one pub/sub connection: one task opens and reads it, many change its channels.

The library would reconnect inside whichever call meets the break; two such calls at once leave a
connection that receives nothing, for ever. So here it never reconnects: a break is an error, and
only the reading task opens a fresh connection. One that is silent is pinged: a connection can be
dead without being closed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from redis.asyncio import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

if TYPE_CHECKING:
    from ashao.store.redis import Redis

type Command = Callable[[str], Awaitable[None]]

log = structlog.get_logger(__name__)

# Keeps the connection in subscriber mode while nobody listens; nothing is published on it.
IDLE_CHANNEL = "ashao:fanout"
OPEN_WITHIN_S = 5.0
PING_AFTER_S = 3.0  # of silence; a reply may take as long
NO_RETRY: Any = Retry(NoBackoff(), 0, supported_errors=())


class Subscriber:
    """One connection at a time. It knows channels and messages, not who listens."""

    def __init__(self, blocking: "Redis") -> None:
        self._blocking = blocking
        self._pubsub: Any = None
        self._retry: Any = None
        self._lock = asyncio.Lock()
        self._channels: set[str] = set()
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

    async def receive(self) -> dict[str, Any] | None:
        """The next message, or None when none came for a while or the connection broke."""
        try:
            async with asyncio.timeout(2 * PING_AFTER_S):
                message: dict[str, Any] | None = await self._pubsub.get_message(
                    timeout=PING_AFTER_S
                )
        except Exception as error:
            self._on_failure(error)
            return None
        if message is None:
            await self._ping()
        else:
            self._awaits_reply = False
        return message

    async def _ping(self) -> None:
        """Make the store reply: it confirms a channel as often as it is subscribed to."""
        if self._awaits_reply:
            self._on_failure(TimeoutError())
            return
        self._awaits_reply = True
        async with self._lock:
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
        log.warning("subscriber_broke", error=type(error).__name__)

    async def _close(self) -> None:
        self.is_open = False
        if self._pubsub is None:
            return
        pubsub, self._pubsub = self._pubsub, None
        if pubsub.connection is not None and self._retry is not None:
            pubsub.connection.retry = self._retry  # it goes back to the pool
        await pubsub.aclose()
