"""The store dies while streams open and close: the one subscriber is as good as new afterwards."""

import asyncio
from pathlib import Path

from ashao.errors import StoreUnavailable
from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.store.redis import connect
from ashao.stream.fanout import Fanout
from tests.support.own_store import own_store
from tests.support.wait import wait_until

JOBS = [JobId(f"{number:032x}") for number in range(20)]
LISTENERS = 30
KILLS = 6


async def _come_and_go(fanout: Fanout, first: int, is_over: asyncio.Event) -> None:
    """Listen for a moment to one job after another."""
    number = first
    while not is_over.is_set():
        number += 1
        try:
            async with fanout.listen(JOBS[number % len(JOBS)]) as listener:
                await listener.next(0.01)
        except StoreUnavailable:
            continue


async def test_a_subscriber_outlives_any_number_of_store_deaths(tmp_path: Path) -> None:
    """Calls that meet the broken connection at once must not leave it deaf for ever."""
    with own_store("redis-server", tmp_path / "store") as store:
        blocking = connect(store.url, blocking=True)
        async with Fanout(blocking) as fanout:
            is_over = asyncio.Event()
            coming = [
                asyncio.create_task(_come_and_go(fanout, number, is_over))
                for number in range(LISTENERS)
            ]
            for _ in range(KILLS):
                await asyncio.sleep(0.2)  # so that some are in the middle of it
                store.kill()
                await asyncio.to_thread(store.start)
            is_over.set()
            async with asyncio.timeout(8):
                await asyncio.gather(*coming)

            async def hears() -> bool:
                try:
                    async with fanout.listen(JOBS[0]) as listener:
                        await blocking.publish(keys.channel(JOBS[0]), "alive")
                        return bool(await listener.next(2) == "alive")
                except StoreUnavailable:
                    return False

            await wait_until(hears, "a message is heard", 8)
        await blocking.aclose()
