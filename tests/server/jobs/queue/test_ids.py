"""The queues' order, and that a doubled or lost id does no harm."""

import asyncio

from ashao.jobs.job import JobId, Tier
from ashao.jobs.queue.ids import length, push, remove, requeue, wait_for_id, waiting
from ashao.store.batching import CommandBatcher
from ashao.store.redis import Redis

A, B, C = JobId("a"), JobId("b"), JobId("c")


async def _queue(redis: Redis) -> list[str]:
    """The ids, the next one first."""
    return (await waiting(CommandBatcher(redis), Tier.PRO))[::-1]


async def test_ids_are_popped_in_the_order_of_their_push(
    redis: Redis, blocking_redis: Redis
) -> None:
    for each in (A, B):
        await push(redis, Tier.PRO, each)
    assert await length(redis, Tier.PRO) == 2
    assert await wait_for_id(blocking_redis, Tier.PRO, 1) == A
    assert await wait_for_id(blocking_redis, Tier.PRO, 1) == B


async def test_unused_ids_go_back_to_the_front_in_their_order(redis: Redis) -> None:
    await push(redis, Tier.PRO, C)
    await requeue(redis, Tier.PRO, [A, B])
    assert await _queue(redis) == [A, B, C]


async def test_putting_back_an_id_that_is_there_does_not_double_it(redis: Redis) -> None:
    await push(redis, Tier.PRO, A)
    await push(redis, Tier.PRO, B)
    await requeue(redis, Tier.PRO, [B])
    await requeue(redis, Tier.PRO, [])
    assert await length(redis, Tier.PRO) == 2
    assert await _queue(redis) == [A, B]


async def test_a_removed_id_is_in_it_no_more(redis: Redis) -> None:
    await push(redis, Tier.PRO, A)
    await remove(redis, Tier.PRO, A)
    assert await _queue(redis) == []


async def test_waiting_ends_when_nothing_comes(blocking_redis: Redis) -> None:
    assert await wait_for_id(blocking_redis, Tier.PRO, 0.05) is None


async def test_a_waiter_gets_an_id_that_comes_later_to_its_tier(
    redis: Redis, blocking_redis: Redis
) -> None:
    waiter = asyncio.create_task(wait_for_id(blocking_redis, Tier.MAX, 10))
    await push(redis, Tier.PRO, B)
    await push(redis, Tier.MAX, A)
    assert await waiter == A


async def test_patient_ids_let_the_others_go_first_and_are_popped_when_none_is_left(
    redis: Redis, blocking_redis: Redis
) -> None:
    await push(redis, Tier.PRO, A, low_priority=True)
    await push(redis, Tier.PRO, B)
    await push(redis, Tier.PRO, C)
    assert await _queue(redis) == [B, C, A]
    assert await length(redis, Tier.PRO) == 3
    popped = [await wait_for_id(blocking_redis, Tier.PRO, 1) for _ in range(3)]
    assert popped == [B, C, A]


async def test_a_patient_id_that_is_put_back_keeps_its_patience(redis: Redis) -> None:
    await push(redis, Tier.PRO, A, low_priority=True)
    await push(redis, Tier.PRO, B)
    await requeue(redis, Tier.PRO, [A])
    assert await _queue(redis) == [B, A]
    await remove(redis, Tier.PRO, A)
    assert await _queue(redis) == [B]
