"""Workers that fail in a row rest for a growing time, in every process alike."""

import asyncio

import pytest

from ashao.errors import TooMany
from ashao.store.clock import now_ms
from ashao.store.redis import Redis
from ashao.workers.registry import WorkerRegistry
from ashao.workers.suspension import Suspensions, suspension_s
from tests.support.jobs import ANN


def test_each_rest_is_twice_as_long_up_to_ten_minutes() -> None:
    assert [suspension_s(failures) for failures in (3, 4, 5, 9, 90)] == [10, 20, 40, 600, 600]


async def test_the_third_failure_in_a_row_brings_a_rest(redis: Redis) -> None:
    suspensions, elsewhere = Suspensions(redis), Suspensions(redis)
    for _ in range(3):
        await suspensions.require_not_suspended(ANN.id)
        await elsewhere.record_failure(ANN.id)
    with pytest.raises(TooMany, match="failed 3 answers in a row") as refused:
        await suspensions.require_not_suspended(ANN.id)
    assert 9 <= refused.value.retry_after_s <= 10


async def test_a_success_wipes_the_slate(redis: Redis) -> None:
    suspensions = Suspensions(redis)
    for _ in range(2):
        await suspensions.record_failure(ANN.id)
    await suspensions.record_success(ANN.id)
    await suspensions.record_failure(ANN.id)
    await suspensions.require_not_suspended(ANN.id)


async def test_an_outage_counts_once_however_many_answers_it_breaks(redis: Redis) -> None:
    """What was begun after it counts anew."""
    suspensions = Suspensions(redis)
    begun = await now_ms(redis)
    await asyncio.gather(*(suspensions.record_failure(ANN.id, begun) for _ in range(8)))
    await suspensions.require_not_suspended(ANN.id)
    for _ in range(2):
        await suspensions.record_failure(ANN.id, await now_ms(redis) + 1)
    with pytest.raises(TooMany, match="failed 3 answers in a row"):
        await suspensions.require_not_suspended(ANN.id)


async def test_a_suspension_ends_the_claim_calls_that_wait(redis: Redis) -> None:
    """At whichever process: a call from before it is over, as after a goodbye."""
    workers, suspensions = WorkerRegistry(redis), Suspensions(redis)
    worker = (await workers.register("browser", "small", None, None)).worker
    generation = await workers.touch(worker)
    for _ in range(3):
        await suspensions.record_failure(worker.id)
    assert (await workers.record_claim(worker, "a job"))[0] > generation


async def test_one_whole_answer_of_several_at_once_ends_the_suspension(redis: Redis) -> None:
    suspensions = Suspensions(redis)
    for _ in range(3):
        await suspensions.record_failure(ANN.id)
    with pytest.raises(TooMany):
        await suspensions.require_not_suspended(ANN.id)
    await suspensions.record_success(ANN.id)
    await suspensions.require_not_suspended(ANN.id)
