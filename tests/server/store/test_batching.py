"""Many callers, few round trips, and no caller pays for another's trouble."""

import asyncio

from redis.exceptions import ResponseError

from ashao.errors import StoreUnavailable
from ashao.store.batching import CommandBatcher
from ashao.store.redis import Redis, connect


async def test_each_caller_gets_its_own_reply(redis: Redis) -> None:
    batcher = CommandBatcher(redis)
    replies = await asyncio.gather(*(batcher.execute("ECHO", str(n)) for n in range(1_200)))
    assert replies == [str(n) for n in range(1_200)]


async def test_a_thousand_callers_cost_one_connection(redis: Redis) -> None:
    batcher = CommandBatcher(redis)
    await batcher.execute("PING")
    before = (await redis.info("clients"))["connected_clients"]
    await asyncio.gather(*(batcher.execute("PING") for _ in range(1_000)))
    assert (await redis.info("clients"))["connected_clients"] == before


async def test_a_refused_command_hurts_no_other(redis: Redis) -> None:
    batcher = CommandBatcher(redis)
    replies = await asyncio.gather(
        batcher.execute("ECHO", "a"),
        batcher.execute("NONSENSE"),
        batcher.execute("ECHO", "b"),
        return_exceptions=True,
    )
    assert (replies[0], replies[2]) == ("a", "b")
    assert isinstance(replies[1], ResponseError)


async def test_a_caller_that_leaves_hurts_no_other(redis: Redis) -> None:
    batcher = CommandBatcher(redis)
    calls = [asyncio.create_task(batcher.execute("ECHO", str(n))) for n in range(5)]
    await asyncio.sleep(0)
    calls[0].cancel()
    calls[3].cancel()
    replies = await asyncio.gather(*calls, return_exceptions=True)
    assert [replies[n] for n in (1, 2, 4)] == ["1", "2", "4"]


async def test_a_store_that_is_away_is_every_callers_error() -> None:
    batcher = CommandBatcher(connect("unix:///nowhere/at/all.sock"))
    for _ in range(2):
        replies = await asyncio.gather(
            *(batcher.execute("PING") for _ in range(5)), return_exceptions=True
        )
        assert [type(reply) for reply in replies] == [StoreUnavailable] * 5
