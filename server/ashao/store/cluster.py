"""A Cluster's client that says plainly when it is away, and whose callers wait for a connection.

The library's opens up to a hundred connections to a node and turns the next caller away. Here
commands wait for each other, and so do pipelines: apart, for a pipeline that meets a slot on the
move sends commands of its own.

The library forgets the nodes that it was given once it has seen the Cluster. Here they stay: the
Cluster is found again through any of them, and through any that it had last.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterPipeline

from ashao.store.away import ANSWERING, said_plainly

MAX_CONCURRENT = 48
WAIT_S = 3.0


class ConcurrencyLimit:
    """Place for so many at once."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(MAX_CONCURRENT)

    @asynccontextmanager
    async def taken(self) -> AsyncGenerator[None]:
        """Hold a place. Raises TimeoutError when none becomes free in time."""
        async with asyncio.timeout(WAIT_S):
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()


class LimitedCluster(RedisCluster):
    """The client."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self._commands = ConcurrencyLimit()
        self.pipelines = ConcurrencyLimit()

    async def initialize(self, *positional: Any, **named: Any) -> "LimitedCluster":
        """Look which nodes there are, unless that is known."""
        if self._initialize:
            given = {node.name: node for node in self.startup_nodes}
            self.nodes_manager.startup_nodes = given | self.nodes_manager.startup_nodes
        await super().initialize(*positional, **named)
        return self

    async def execute_command(self, *command: Any, **options: Any) -> Any:
        """The reply, once it is this command's turn."""
        with ANSWERING:
            async with self._commands.taken():
                return await super().execute_command(*command, **options)

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> ClusterPipeline:
        """Commands that are sent together, once it is their turn."""
        return LimitedPipeline(self, transaction)


class LimitedPipeline(ClusterPipeline):
    """Its pipelines."""

    cluster_client: LimitedCluster
    _event_dispatcher: Any  # the library declares it, and none of its pipelines has one

    async def __aenter__(self) -> "LimitedPipeline":
        """The pipeline, once its client knows which nodes there are."""
        with ANSWERING:
            await super().__aenter__()
        return self

    async def execute(
        self, raise_on_error: bool = True, allow_redirections: bool = True
    ) -> list[Any]:
        """The replies, in order."""
        with ANSWERING:
            async with self.cluster_client.pipelines.taken():
                return said_plainly(await super().execute(raise_on_error, allow_redirections))
