"""Tasks that live and die together."""

import asyncio

import pytest

from ashao_worker.core.race import race, run_together


class Trace:
    """Works of a few turns that note how they ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def work(self, name: str, turns: int, error: Exception | None = None) -> str:
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
            if error:
                raise error
        except asyncio.CancelledError:
            self.ended.append(f"{name} cancelled")
            raise
        self.ended.append(name)
        return name


async def test_the_first_to_end_wins_and_the_rest_are_cancelled_and_awaited() -> None:
    trace = Trace()
    assert await race(trace.work("slow", 99), trace.work("fast", 2)) == "fast"
    assert trace.ended == ["fast", "slow cancelled"]


async def test_when_two_end_at_once_the_first_named_counts() -> None:
    trace = Trace()
    assert await race(trace.work("a", 2), trace.work("b", 2)) == "a"


async def test_a_failure_is_raised_and_ends_the_race() -> None:
    trace = Trace()
    with pytest.raises(ValueError, match="no"):
        await race(trace.work("slow", 99), trace.work("bad", 1, ValueError("no")))
    assert trace.ended == ["slow cancelled"]


async def test_a_cancelled_race_leaves_nobody_running() -> None:
    trace = Trace()
    running = asyncio.ensure_future(race(trace.work("a", 99), trace.work("b", 99)))
    for _ in range(3):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(trace.ended) == ["a cancelled", "b cancelled"]


async def test_run_together_waits_for_all() -> None:
    trace = Trace()
    await run_together(trace.work("a", 5), trace.work("b", 2))
    assert trace.ended == ["b", "a"]


async def test_run_together_ends_with_the_first_failure() -> None:
    trace = Trace()
    with pytest.raises(ValueError, match="no"):
        await run_together(trace.work("slow", 99), trace.work("bad", 1, ValueError("no")))
    assert trace.ended == ["slow cancelled"]
