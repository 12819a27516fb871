"""A Cluster's client whose callers wait for a connection, where the library's would be refused.

The library opens up to a hundred connections to a node and turns the next caller away. Here
commands wait for each other, and so do pipelines: apart, for a pipeline that meets a slot on the
move sends commands of its own.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterPipeline

AT_ONCE = 48
WAIT_S = 3.0


class Room:
    """Place for so many at once."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def taken(self) -> AsyncGenerator[None]:
        """Hold a place. Raises TimeoutError when none becomes free in time."""
        async with asyncio.timeout(WAIT_S):
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()


class PatientCluster(RedisCluster):
    """The client."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self._commands = Room()
        self.pipelines = Room()

    async def execute_command(self, *command: Any, **options: Any) -> Any:
        """The reply, once it is this command's turn."""
        async with self._commands.taken():
            return await super().execute_command(*command, **options)

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> ClusterPipeline:
        """Commands that are sent together, once it is their turn."""
        return PatientPipeline(self, transaction)


class PatientPipeline(ClusterPipeline):
    """Its pipelines."""

    cluster_client: PatientCluster
    _event_dispatcher: Any  # the library declares it, and none of its pipelines has one

    async def execute(
        self, raise_on_error: bool = True, allow_redirections: bool = True
    ) -> list[Any]:
        """The replies, in order."""
        async with self.cluster_client.pipelines.taken():
            return await super().execute(raise_on_error, allow_redirections)
