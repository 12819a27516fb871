"""A client of one store, or of one behind Sentinel, that says plainly when it is away.

What it is asked goes over one connection (store/pipelined.py), and over the library's pool only
behind TLS or Sentinel, in a transaction, and where a call may wait in the store.
"""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import Connection, UnixDomainSocketConnection

from ashao.store.away import ANSWERING, said_plainly
from ashao.store.pipelined import PipelinedConnection

PLAIN = (Connection, UnixDomainSocketConnection)  # neither TLS nor Sentinel


class StandaloneStore(Redis):
    """The client. Every call raises StoreUnavailable."""

    _pipelined: PipelinedConnection | None = None

    @property
    def pipelined(self) -> PipelinedConnection | None:
        """The one connection, where the library's are not needed. Its replies are as they came."""
        pool = self.connection_pool
        may_wait = pool.connection_kwargs.get("socket_timeout") is None
        if self._pipelined is None and pool.connection_class in PLAIN and not may_wait:
            self._pipelined = PipelinedConnection(pool.connection_kwargs)
        return self._pipelined

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close every connection."""
        if self._pipelined is not None:
            await self._pipelined.aclose()
        await super().aclose(close_connection_pool)

    async def execute_command(self, *command: Any, **options: Any) -> Any:
        """The reply."""
        if self.pipelined is None:
            execute: Any = super().execute_command  # the library does not type it
            with ANSWERING:
                return await execute(*command, **options)
        reply = await self.pipelined.execute(*_words(command))
        return self.read_reply(command, options, reply)

    def read_reply(self, command: tuple[Any, ...], options: Mapping[str, Any], reply: Any) -> Any:
        """A reply as the library's callers know it."""
        read: Any = self.response_callbacks.get(command[0])
        if read is None:
            return reply
        return read(reply, **{name: each for name, each in options.items() if name != "keys"})

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Commands that are sent together."""
        return StandalonePipeline(self, transaction, shard_hint)


class StandalonePipeline(Pipeline):
    """Its pipelines."""

    def __init__(self, store: StandaloneStore, transaction: bool, shard_hint: str | None) -> None:
        super().__init__(store.connection_pool, store.response_callbacks, transaction, shard_hint)
        self._store = store

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """The replies, in order."""
        if self.is_transaction or self._store.pipelined is None:
            with ANSWERING:
                return said_plainly(await super().execute(raise_on_error))
        stack, self.command_stack = self.command_stack, []
        sent = [_words(command) for command, _ in stack]
        replies = said_plainly(await self._store.pipelined.execute_all(sent))
        for number, (command, options) in enumerate(stack):
            reply = replies[number]
            if not isinstance(reply, Exception):
                replies[number] = self._store.read_reply(command, options, reply)
            elif raise_on_error:
                raise reply
        return replies


def _words(command: tuple[Any, ...]) -> tuple[Any, ...]:
    """The library's names of some commands are two words."""
    name, *rest = command
    return (*name.split(), *rest) if " " in name else command
