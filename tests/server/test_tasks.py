"""Background tasks: none fails in silence, and none tells anybody's words to the log."""

import asyncio

import pytest
from structlog.testing import capture_logs

from ashao.cached import Cached
from ashao.tasks import cancel_and_join, going_on, spawn

SECRET = "the words of somebody"


async def _fail() -> None:
    raise ValueError(SECRET)


async def test_a_defect_that_ends_a_task_is_logged_with_its_kind_and_place() -> None:
    with capture_logs() as logs:
        await asyncio.wait({spawn("some-loop", _fail())})
        await asyncio.sleep(0)
    [line] = logs
    assert (line["event"], line["kind"], line["task"]) == ("defect", "ValueError", "some-loop")
    assert line["file"] == __file__
    assert line["line"] == _fail.__code__.co_firstlineno + 1
    assert SECRET not in str(logs)


async def test_neither_a_cancellation_nor_what_the_awaiter_handles_is_a_defect() -> None:
    with capture_logs() as logs:
        await cancel_and_join(spawn("cancelled", asyncio.sleep(10)))
        with pytest.raises(ValueError, match=SECRET):
            await spawn("awaited", _fail(), handled=(ValueError,))
        await asyncio.sleep(0)
    assert logs == []


async def test_a_loop_goes_on_after_a_defect() -> None:
    with capture_logs() as logs:
        for _ in range(3):
            async with going_on("loop", 0):
                await _fail()
    assert [each["task"] for each in logs] == ["loop"] * 3


async def test_all_who_ask_at_once_share_one_read_and_one_of_them_may_leave() -> None:
    reads = 0

    async def read() -> int:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0.01)
        return reads

    cached = Cached(read, ttl_s=60)
    asking = [asyncio.create_task(cached.get()) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    assert await asyncio.gather(*asking[1:]) == [1] * 4
    assert await cached.get() == 1
    assert await cached.get(anew=True) == 2
    assert await cached.get() == 2


async def test_a_value_is_read_again_after_its_time_and_after_a_failure() -> None:
    results: list[int | Exception] = [1, OSError(), 3]

    async def read() -> int:
        if isinstance(result := results.pop(0), Exception):
            raise result
        return result

    stale = Cached(read, ttl_s=0)
    assert await stale.get() == 1
    with pytest.raises(OSError):
        await stale.get()
    assert await stale.get() == 3
