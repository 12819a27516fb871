"""taskiq and saq, in the peers' own Python: from sending a job until one of the waiting holds it.

Run as `python -m bench.peer_queues NAME STORE_URL WAITING JOBS`; prints the seconds of each job as
JSON. Every waiting receiver is one of its own, as every worker is.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine

from redis.asyncio import Redis
from saq.queue.redis import RedisQueue
from taskiq_redis import ListQueueBroker

CONNECT_S = 60  # a thousand at once, on one core
PAUSE_S = 0.02  # then whoever held a job waits again
TEXT = "Hello?"


async def taskiq(url: str, waiting: int, jobs: int) -> list[float]:
    """A list broker; its message is read as its receiver reads it."""
    broker = ListQueueBroker(
        url, max_connection_pool_size=waiting + 8, socket_connect_timeout=CONNECT_S
    )

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
    redis = Redis.from_url(url, max_connections=waiting + 8, socket_connect_timeout=CONNECT_S)
    queue = RedisQueue(redis)

    async def receive(held: asyncio.Queue[float]) -> None:
        while True:
            if await queue.dequeue():
                held.put_nowait(time.perf_counter())

    return await _times(waiting, jobs, receive, lambda: queue.enqueue("answer", text=TEXT))


async def _times(
    waiting: int,
    jobs: int,
    receive: Callable[[asyncio.Queue[float]], Coroutine[None, None, None]],
    send: Callable[[], Awaitable[object]],
) -> list[float]:
    held: asyncio.Queue[float] = asyncio.Queue()
    took = []
    async with asyncio.TaskGroup() as group:  # which ends when a receiver or a sender fails
        receivers = [group.create_task(receive(held)) for _ in range(waiting)]
        await asyncio.sleep(1)  # all of them are connected, and wait
        for _ in range(jobs):
            await asyncio.sleep(PAUSE_S)
            begun = time.perf_counter()
            held_at, _ = await asyncio.gather(held.get(), send())
            took.append(held_at - begun)
        for each in receivers:
            each.cancel()
    return took


if __name__ == "__main__":
    name, url, waiting, jobs = sys.argv[1:]
    measure = {"taskiq": taskiq, "saq": saq}[name]
    print(json.dumps(asyncio.run(measure(url, int(waiting), int(jobs)))))
