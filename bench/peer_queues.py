"""taskiq and saq, in the peers' own Python: from sending a job until one of the waiting holds it.

Run as `python -m bench.peer_queues NAME STORE_URL WAITING JOBS`; prints the seconds of each job as
JSON. Every waiting receiver is one of its own, as every worker is.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

from saq.queue.redis import RedisQueue
from taskiq_redis import ListQueueBroker

PAUSE_S = 0.02  # then whoever held a job waits again
TEXT = "Hello?"


async def taskiq(url: str, waiting: int, jobs: int) -> list[float]:
    """A list broker; its message is read as its receiver reads it."""
    broker = ListQueueBroker(url, max_connection_pool_size=waiting + 8)

    async def never_run(text: str) -> None:
        """A job is held once its message was read."""

    answer = broker.task(never_run)

    async def receive(held: asyncio.Queue[float]) -> None:
        async for message in broker.listen():
            broker.formatter.loads(message)
            held.put_nowait(time.perf_counter())

    return await _times(waiting, jobs, receive, lambda: answer.kiq(TEXT))


async def saq(url: str, waiting: int, jobs: int) -> list[float]:
    """A Redis queue."""
    queue = RedisQueue.from_url(url)

    async def receive(held: asyncio.Queue[float]) -> None:
        while True:
            if await queue.dequeue():
                held.put_nowait(time.perf_counter())

    return await _times(waiting, jobs, receive, lambda: queue.enqueue("answer", text=TEXT))


async def _times(
    waiting: int,
    jobs: int,
    receive: Callable[[asyncio.Queue[float]], Awaitable[None]],
    send: Callable[[], Awaitable[object]],
) -> list[float]:
    held: asyncio.Queue[float] = asyncio.Queue()
    receivers = [asyncio.ensure_future(receive(held)) for _ in range(waiting)]
    await asyncio.sleep(1)  # all of them are connected, and wait
    took = []
    for _ in range(jobs):
        await asyncio.sleep(PAUSE_S)
        begun = time.perf_counter()
        sending = asyncio.ensure_future(send())
        took.append(await held.get() - begun)
        await sending
    for each in receivers:
        each.cancel()
    await asyncio.gather(*receivers, return_exceptions=True)
    return took


if __name__ == "__main__":
    name, url, waiting, jobs = sys.argv[1:]
    measure = {"taskiq": taskiq, "saq": saq}[name]
    print(json.dumps(asyncio.run(measure(url, int(waiting), int(jobs)))))
