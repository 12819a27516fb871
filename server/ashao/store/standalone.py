"""A client of one store, or of one behind Sentinel, that says plainly when it is away."""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import Connection, UnixDomainSocketConnection

from ashao.store.away import answering, said_plainly
from ashao.store.pipelined import PipelinedConnection

PLAIN = (Connection, UnixDomainSocketConnection)  # neither TLS nor Sentinel


class StandaloneStore(Redis):
    """The client. Every call raises StoreUnavailable."""

    _pipelined: PipelinedConnection | None = None

    @property
    def pipelined(self) -> PipelinedConnection | None:
        """A connection beside the pool for what is asked most, where the library's is not needed.

        Its replies are as they came.
        """
        if self._pipelined is None and self.connection_pool.connection_class in PLAIN:
            self._pipelined = PipelinedConnection(self.connection_pool.connection_kwargs)
        return self._pipelined

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close every connection."""
        if self._pipelined is not None:
            await self._pipelined.aclose()
        await super().aclose(close_connection_pool)

    async def execute_command(self, *command: Any, **options: Any) -> Any:
        """The reply."""
        execute: Any = super().execute_command  # the library does not type it
        with answering():
            return await execute(*command, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Commands that are sent together."""
        return StandalonePipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )


class StandalonePipeline(Pipeline):
    """Its pipelines."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """The replies, in order."""
        with answering():
            return said_plainly(await super().execute(raise_on_error))
