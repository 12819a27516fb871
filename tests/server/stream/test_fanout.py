"""One connection, many ears: nobody misses a message without being told, nobody hurts another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.store.redis import Redis, connect
from ashao.stream.fanout import LISTENER_CAPACITY, Fanout, Listener
from tests.support.clusters import cluster
from tests.support.dead_wire import wire_to
from tests.support.stores import plain_client, redis_server
from tests.support.wait import wait_until

JOB = JobId("a" * 32)


@pytest.fixture
async def fanout(blocking_redis: Redis) -> AsyncIterator[Fanout]:
    """An open fan-out."""
    async with Fanout(blocking_redis) as opened:
        yield opened


async def _subscribers(redis: Redis) -> int:
    [(_, count)] = await redis.pubsub_numsub(keys.channel(JOB))
    return int(count)


async def test_what_is_published_once_listen_is_entered_arrives(
    fanout: Fanout, redis: Redis
) -> None:
    """SUBSCRIBE is confirmed before the listener is handed out."""
    async with fanout.listen(JOB) as listener:
        await redis.publish(keys.channel(JOB), "one")
        assert await listener.next(5) == "one"


async def test_two_listeners_that_arrive_together_both_hear(fanout: Fanout, redis: Redis) -> None:
    """The second does not wait for a SUBSCRIBE of its own, nor miss what follows the first's."""

    async def hear() -> object:
        async with fanout.listen(JOB) as listener:
            return await listener.next(5)

    hearing = [asyncio.create_task(hear()) for _ in range(2)]
    await wait_until(lambda: _subscribers(redis), "the subscription")
    assert await _subscribers(redis) == 1
    while not all(task.done() for task in hearing):
        await redis.publish(keys.channel(JOB), "both")
        await asyncio.sleep(0)
    assert [task.result() for task in hearing] == ["both", "both"]


async def test_the_last_to_leave_ends_the_subscription_and_the_first_does_not(
    fanout: Fanout, redis: Redis
) -> None:
    """Listeners are counted by channel."""
    async with fanout.listen(JOB) as staying:
        async with fanout.listen(JOB):
            pass
        await redis.publish(keys.channel(JOB), "still here")
        assert await staying.next(5) == "still here"

    async def is_silent() -> bool:
        return await _subscribers(redis) == 0

    await wait_until(is_silent, "the end of the subscription")


async def test_a_full_listener_is_broken_and_the_others_are_not(
    fanout: Fanout, redis: Redis
) -> None:
    """A slow client holds a bounded number of messages, then reads the log again."""
    async with fanout.listen(JOB) as slow, fanout.listen(JOB) as quick:
        for number in range(LISTENER_CAPACITY + 1):
            await redis.publish(keys.channel(JOB), str(number))
            assert await quick.next(5) == str(number)
        assert await slow.next(5) is None
        await redis.publish(keys.channel(JOB), "later")
        assert await slow.next(5) == "later"


async def test_a_lost_connection_tells_every_listener_to_read_the_log(
    fanout: Fanout, redis: Redis
) -> None:
    """What was published meanwhile is not in the air any more; afterwards all goes on."""
    async with fanout.listen(JOB) as listener:
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        assert await listener.next(10) is None
        await redis.publish(keys.channel(JOB), "back again")
        assert await listener.next(5) == "back again"


async def test_a_quiet_spell_asks_for_a_look_at_the_log() -> None:
    """So does every keep-alive: a subscriber that is silently dead delays, and loses nothing."""
    assert await Listener().next(0.01) is None


async def test_a_store_that_is_away_at_the_start_is_waited_for(tmp_path: Path) -> None:
    """The process starts, refuses listeners, and serves them once the store is there."""
    blocking = connect(f"unix://{tmp_path}/redis.sock", blocking=True)

    async def hears() -> bool:
        try:
            async with waiting.listen(JOB) as listener:
                await blocking.publish(keys.channel(JOB), "one")
                return bool(await listener.next(5) == "one")
        except StoreUnavailable:
            return False

    async with Fanout(blocking) as waiting:
        assert not await hears()
        with redis_server(tmp_path):
            await wait_until(hears, "the store is heard")
            await blocking.aclose()


async def test_a_cluster_that_nobody_used_before_is_heard(tmp_path: Path) -> None:
    """Also after the connection broke."""
    with cluster(tmp_path) as url:
        async with (
            aclosing(connect(url)) as redis,
            aclosing(connect(url, blocking=True)) as blocking,
            Fanout(blocking) as fanout,
            fanout.listen(JOB) as listener,
        ):
            await redis.publish(keys.channel(JOB), "one")
            assert await listener.next(5) == "one"
            with plain_client(url.replace("+cluster", "")) as node:
                node.client_kill_filter(_type="pubsub")
            assert await listener.next(10) is None
            await redis.publish(keys.channel(JOB), "two")
            assert await listener.next(5) == "two"


async def test_a_connection_that_died_without_a_word_is_replaced(
    store_url: str, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing says that it is dead: it is asked."""
    monkeypatch.setattr("ashao.stream.subscriber.PING_AFTER_S", 0.1)
    async with wire_to(store_url, tmp_path) as (wire, url):
        blocking = connect(url, blocking=True)
        async with Fanout(blocking) as fanout, fanout.listen(JOB) as listener:
            wire.go_dead()
            assert await listener.next(10) is None
            await redis.publish(keys.channel(JOB), "back again")
            assert await listener.next(5) == "back again"
        await blocking.aclose()


async def test_a_connection_that_confirms_nothing_is_replaced(
    store_url: str, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never silent, so that it is not asked; but what it is told does not arrive."""
    monkeypatch.setattr("ashao.stream.fanout.CONFIRM_WITHIN_S", 0.3)
    other = JobId("b" * 32)
    async with wire_to(store_url, tmp_path) as (wire, url):
        blocking = connect(url, blocking=True)
        async with Fanout(blocking) as fanout, fanout.listen(JOB):
            wire.go_dead(towards_the_store_only=True)

            async def is_heard() -> bool:
                await redis.publish(keys.channel(JOB), "noise")
                try:
                    async with fanout.listen(other):
                        return True
                except StoreUnavailable:
                    return False

            await wait_until(is_heard, "the other job's confirmation")
        await blocking.aclose()


async def test_a_connection_that_is_only_quiet_is_kept(
    blocking_redis: Redis, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store answers when it is asked."""
    monkeypatch.setattr("ashao.stream.subscriber.PING_AFTER_S", 0.4)
    await redis.config_resetstat()

    async def was_asked_twice() -> bool:
        asked = (await redis.info("commandstats"))["cmdstat_subscribe"]["calls"]
        return bool(asked >= 4)  # two of them opened the connection and told it a channel

    async with Fanout(blocking_redis) as fanout, fanout.listen(JOB):
        [first] = await redis.client_list(_type="pubsub")
        await wait_until(was_asked_twice, "two questions")
        [later] = await redis.client_list(_type="pubsub")
    assert first["id"] == later["id"]


async def test_when_the_process_leaves_every_stream_is_over(fanout: Fanout) -> None:
    """Those that are open, and one that is opened a moment too late."""
    async with fanout.listen(JOB) as listener:
        fanout.end_streams()
        assert await listener.next(5) is None
        assert listener.is_closed
    async with fanout.listen(JOB) as late:
        assert late.is_closed
