"""`python -m bench.queue`: what it costs to tell many readers their place in the queue."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

from ashao.jobs.store import JobStore
from ashao.store.redis import connect
from ashao.tasks import cancel_and_join
from bench import results
from bench.asker import FOR_EACH, asker
from bench.process import cpu_s
from bench.row import Goal, Row
from bench.servers import RULES, serving, valkey
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

TITLE = "The place in the queue, told to all who wait"
READERS, GOAL_READERS = 3_000, 10_000
ROUNDS = 3
ROUND_S = 5.0
GOAL = Goal(most=5 * READERS / GOAL_READERS)


async def measure() -> list[Row]:
    """With a queue that stands, and with one whose first job is taken every second."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(valkey(folder / "store"))
        running = stack.enter_context(serving(folder / "ours", ASHAO_REDIS_URL=url))
        redis = connect(url)
        stack.push_async_callback(redis.aclose)
        store_pid = int((await redis.info("server"))["process_id"])
        pids = {"server": running.pid, "store": store_pid}
        store = JobStore(redis, RULES)
        for _ in range(READERS // FOR_EACH):
            await _somebody(stack, running, store)
        standing = [await _shares(pids) for _ in range(ROUNDS)]
        worker = ScriptedWorker(running.url, kind="native", tiers=["pro"], slots=64)
        taking = asyncio.create_task(_take(await stack.enter_async_context(worker)))
        moving = [await _shares(pids) for _ in range(ROUNDS)]
        await cancel_and_join(taking)
    return [
        Row(
            name=f"{READERS:,} readers, the queue {does}: the {whose}'s share",
            unit="% of a core",
            ours=[each[whose] for each in rounds],
            goal=GOAL,
        )
        for does, rounds in (("stands", standing), ("moves", moving))
        for whose in pids
    ]


async def _somebody(stack: AsyncExitStack, running: Orchestrator, store: JobStore) -> None:
    """One person who reads many waiting jobs."""
    person = await asker(running, store, FOR_EACH)
    # Together: whoever opens a stream waits for the next look at the queue.
    await asyncio.gather(*(_read(stack, each) for each in person.streams(running.port)))


async def _read(stack: AsyncExitStack, frames: AsyncGenerator[bytes]) -> None:
    while b'"queued"' not in await anext(frames):
        pass
    stack.push_async_callback(cancel_and_join, asyncio.create_task(_read_on(frames)))


async def _read_on(frames: AsyncGenerator[bytes]) -> None:
    async with aclosing(frames):
        async for _ in frames:
            pass


async def _take(worker: ScriptedWorker) -> None:
    while True:
        await worker.claim()
        await asyncio.sleep(1)


async def _shares(pids: Mapping[str, int]) -> dict[str, float]:
    """Per cent of a core that each process has for a while."""
    begun, before = time.perf_counter(), {name: cpu_s(pid) for name, pid in pids.items()}
    await asyncio.sleep(ROUND_S)
    took_s = time.perf_counter() - begun
    return {name: 100 * (cpu_s(pid) - before[name]) / took_s for name, pid in pids.items()}


if __name__ == "__main__":
    results.alone(TITLE, measure)
