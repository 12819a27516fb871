"""Rests that grow, never in step with others."""

import asyncio
import itertools

from ashao_worker.core.backoff import Backoff
from tests.worker.virtual_time import VirtualEnvironment


async def waited_ms(
    environment: VirtualEnvironment, backoff: Backoff, at_least_s: float | None = None
) -> float:
    wait = asyncio.ensure_future(backoff.wait(at_least_s))
    return await environment.until(wait.done, "the wait ends")


async def test_rests_double_up_to_a_most() -> None:
    environment = VirtualEnvironment()
    environment.jitters = itertools.repeat(0.0)
    backoff = Backoff(environment, initial_s=1, max_s=5)
    assert [await waited_ms(environment, backoff) for _ in range(5)] == [
        1000,
        2000,
        4000,
        5000,
        5000,
    ]


async def test_a_reset_begins_again() -> None:
    environment = VirtualEnvironment()
    environment.jitters = itertools.repeat(0.0)
    backoff = Backoff(environment, initial_s=1)
    await waited_ms(environment, backoff)
    backoff.reset()
    assert await waited_ms(environment, backoff) == 1000


async def test_chance_shortens_a_rest_by_up_to_half() -> None:
    environment = VirtualEnvironment()
    environment.jitters = itertools.repeat(1.0)
    assert await waited_ms(environment, Backoff(environment, initial_s=1)) == 500


async def test_the_servers_wish_is_kept_and_not_all_come_back_at_once() -> None:
    environment = VirtualEnvironment()
    environment.jitters = iter([0.0, 1.0])
    backoff = Backoff(environment, initial_s=0.25)
    assert await waited_ms(environment, backoff, at_least_s=8) == 10_000
