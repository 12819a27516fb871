"""Carries many callers' commands over few round trips: what arrives together is sent together.

A thousand callers cost one connection. Where that is one of the library's, behind TLS or Sentinel,
the next batch gathers while one is on its way. A Cluster, whose keys live apart, is asked command
by command.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from redis.asyncio import Redis as StandaloneRedis

from ashao.store.redis import Redis
from ashao.store.standalone import StandaloneStore
from ashao.tasks import spawn

LARGEST_BATCH = 500

Command = tuple[Any, ...]
Waiting = tuple[Command, asyncio.Future[Any]]


class CommandBatcher:
    """One store's courier; it lives as long as its client and owns nothing to close."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pipelined = redis.pipelined if isinstance(redis, StandaloneStore) else None
        self._waiting: list[Waiting] = []
        self._round: asyncio.Task[None] | None = None

    def execute(self, *command: Any) -> Coroutine[Any, Any, Any]:
        """The store's reply; raises what the client raises for this command."""
        if self._pipelined is not None:
            return self._pipelined.execute(*command)
        return self._gathered(command)

    async def _gathered(self, command: Command) -> Any:
        if not isinstance(self._redis, StandaloneRedis):
            return await self._redis.execute_command(*command)
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, reply))
        if self._round is None:
            self._round = spawn("batch", self._carry(self._redis))
        return await reply

    async def _carry(self, redis: StandaloneRedis) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:LARGEST_BATCH]
                del self._waiting[:LARGEST_BATCH]
                await _deliver(redis, batch)
        finally:
            self._round = None


async def _deliver(redis: StandaloneRedis, batch: list[Waiting]) -> None:
    """One round trip. Whatever happens, every caller hears of it."""
    try:
        replies = await _replies(redis, [command for command, _ in batch])
    except BaseException as error:
        for _, reply in batch:
            if not reply.done():
                reply.set_exception(error)
        if not isinstance(error, Exception):
            raise
        return
    for (_, reply), answer in zip(batch, replies, strict=True):
        if reply.done():  # its caller was cancelled
            continue
        if isinstance(answer, Exception):
            reply.set_exception(answer)
        else:
            reply.set_result(answer)


async def _replies(redis: StandaloneRedis, commands: list[Command]) -> list[Any]:
    if len(commands) == 1:
        execute: Any = redis.execute_command
        return [await execute(*commands[0])]
    pipe: Any = redis.pipeline(transaction=False)
    async with pipe:
        for command in commands:
            pipe.execute_command(*command)
        replies: list[Any] = await pipe.execute(raise_on_error=False)
        return replies
