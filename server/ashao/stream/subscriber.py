"""The one pub/sub connection: opened and read by one task, told what to hear by many.

The library would mend a broken connection inside whichever call meets the break; two such calls
at once leave a connection that hears nothing, for ever. So here it never mends: a break is an
error, and only the reading task opens a fresh connection. One that is silent is asked for a word:
a connection can be dead without being closed.
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

type Verb = Callable[[str], Awaitable[None]]

log = structlog.get_logger(__name__)

# Keeps the connection in subscriber mode while nobody listens; nothing is published on it.
RESTING_CHANNEL = "ashao:fanout"
OPEN_WITHIN_S = 5.0
LOOK_S = 3.0  # so long may it be silent before it is asked, and so long before it answers
NEVER_AGAIN: Any = Retry(NoBackoff(), 0, supported_errors=())


class Subscriber:
    """One connection at a time. It knows channels and messages, not who listens."""

    def __init__(self, blocking: "Redis") -> None:
        self._blocking = blocking
        self._pubsub: Any = None
        self._retry: Any = None
        self._talking = asyncio.Lock()
        self._heard: set[str] = set()
        self._owes_a_word = False
        self.is_open = False

    async def open(self, channels: Iterable[str]) -> None:
        """A fresh connection that hears these channels; raises what goes wrong.

        A channel that is named while this waits is heard too: `channels` is read at the end.
        """
        async with self._talking:
            await self._close()
            async with asyncio.timeout(OPEN_WITHIN_S):
                self._pubsub = await self._fresh()
                await self._pubsub.subscribe(RESTING_CHANNEL)
                self._retry = self._pubsub.connection.retry
                self._pubsub.connection.retry = NEVER_AGAIN
                self._heard = set(channels)
                if self._heard:
                    await self._pubsub.subscribe(*self._heard)
            self._owes_a_word = False
            self.is_open = True

    async def _fresh(self) -> Any:
        """Any node of a Cluster hears everything; which ones there are may have changed."""
        if not isinstance(self._blocking, RedisCluster):
            return self._blocking.pubsub()
        await self._blocking.aclose()
        await self._blocking.initialize()
        return self._blocking.pubsub(node=self._blocking.get_random_node())

    async def subscribe(self, channel: str) -> None:
        """Hear this channel as well. While the connection is broken, `open` will see to it."""
        async with self._talking:
            if self.is_open and channel not in self._heard:
                self._heard.add(channel)
                await self._tell(self._pubsub.subscribe, channel)

    async def unsubscribe(self, channel: str) -> None:
        """Hear this channel no more."""
        async with self._talking:
            self._heard.discard(channel)
            if self.is_open:
                await self._tell(self._pubsub.unsubscribe, channel)

    async def _tell(self, verb: Verb, channel: str) -> None:
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                await verb(channel)
        except Exception as error:
            self._broke(error)

    async def hear(self) -> dict[str, Any] | None:
        """The next message, or None when none came for a while or the connection broke."""
        try:
            async with asyncio.timeout(2 * LOOK_S):
                message: dict[str, Any] | None = await self._pubsub.get_message(timeout=LOOK_S)
        except Exception as error:
            self._broke(error)
            return None
        if message is None:
            await self._ask()
        else:
            self._owes_a_word = False
        return message

    async def _ask(self) -> None:
        """Have the store say something. It confirms a channel as often as it is named."""
        if self._owes_a_word:
            self._broke(TimeoutError())
            return
        self._owes_a_word = True
        async with self._talking:
            await self._tell(self._pubsub.subscribe, RESTING_CHANNEL)

    def distrust(self) -> None:
        """What it was told had no effect: have a fresh connection opened."""
        self._broke(TimeoutError())

    async def aclose(self) -> None:
        """Close the connection."""
        async with self._talking:
            await self._close()

    def _broke(self, error: Exception) -> None:
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
