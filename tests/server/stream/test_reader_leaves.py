"""Readers leave at any moment, and the subscription of those who stay is as it was."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.store.redis import Redis
from ashao.stream.fanout import Fanout
from ashao.stream.subscriber import Subscriber
from tests.support.wait import wait_until

JOB = JobId("a" * 32)


@pytest.fixture
async def fanout(blocking_redis: Redis) -> AsyncIterator[Fanout]:
    """A fan-out that is connected."""
    async with Fanout(blocking_redis) as opened:
        async with opened.listen(JobId("b" * 32)):
            pass
        yield opened


async def _subscribers(redis: Redis) -> int:
    [(_, count)] = await redis.pubsub_numsub(keys.channel(JOB))
    return int(count)


async def test_a_reader_that_leaves_before_its_subscription_is_sent_takes_it_from_nobody(
    fanout: Fanout, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second reader of a job relies on what the first one asked for."""
    monkeypatch.setattr("ashao.stream.fanout.CONFIRM_WITHIN_S", 1.0)
    may_be_sent = asyncio.Event()
    send = Subscriber.subscribe

    async def send_later(subscriber: Subscriber, channel: str) -> None:
        await may_be_sent.wait()
        await send(subscriber, channel)

    monkeypatch.setattr(Subscriber, "subscribe", send_later)

    async def read() -> object:
        async with fanout.listen(JOB) as listener:
            await redis.publish(keys.channel(JOB), "one")
            return await listener.next(5)

    first = asyncio.create_task(read())
    await asyncio.sleep(0)
    second = asyncio.create_task(read())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    may_be_sent.set()
    assert await second == "one"


async def test_a_reader_that_is_cut_off_while_it_leaves_leaves_no_subscription(
    fanout: Fanout, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes later would wait for a confirmation that never comes."""

    send = Subscriber.unsubscribe

    async def send_later(subscriber: Subscriber, channel: str) -> None:
        await asyncio.sleep(0.01)
        await send(subscriber, channel)

    monkeypatch.setattr(Subscriber, "unsubscribe", send_later)

    async def read() -> None:
        async with fanout.listen(JOB):
            await asyncio.Event().wait()

    for moment in range(6):
        reading = asyncio.create_task(read())
        await wait_until(lambda: _subscribers(redis), "the subscription")
        reading.cancel()
        for _ in range(moment):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

        async def is_silent() -> bool:
            return await _subscribers(redis) == 0

        await wait_until(is_silent, "the end of the subscription")
