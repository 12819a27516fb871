"""`python -m bench.fences`: what it costs that every token is checked, numbered and kept
before anybody sees it."""

import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from ashao.jobs.job import ProducerId
from ashao.jobs.publish import publish
from ashao.jobs.store import JobStore, Rules
from ashao.store.redis import connect
from bench import results
from bench.row import Row
from bench.servers import valkey
from bench.table import percentile
from tests.support.jobs import ANN, claimed

ON_DISK = ("--appendonly", "yes", "--appendfsync", "always")
TITLE = "Fences: one token into the store, one at a time"
ROUNDS = 3
TOKENS = 1_000
EVENT = '{"type":"token","seq":1000,"value":"word "}'

Call = Callable[[int], Awaitable[object]]


async def measure() -> list[Row]:
    """The fenced script beside a bare PUBLISH, and when every write is on disk first."""
    bare, fenced, durable = [], [], []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        memory = stack.enter_context(valkey(folder / "memory"))
        disk = stack.enter_context(valkey(folder / "durable", *ON_DISK))
        for _ in range(ROUNDS):
            bare.append(await _bare(memory))
            fenced.append(await _fenced(memory))
            durable.append(await _fenced(disk))
    return [
        Row(name=f"{name}; floor: PUBLISH", unit="µs", ours=figures, floor=bare)
        for name, figures in (
            ("fence + log + PUBLISH, p50", fenced),
            ("the same, on disk before the answer, p50", durable),
        )
    ]


async def _bare(url: str) -> float:
    redis = connect(url)
    try:
        return await _p50_us(lambda seq: redis.publish("bench", EVENT))
    finally:
        await redis.aclose()


async def _fenced(url: str) -> float:
    redis = connect(url)
    try:
        jobs = JobStore(redis, Rules())
        job_id, won = await claimed(jobs)
        producer = ProducerId(ANN.id)
        return await _p50_us(lambda seq: publish(jobs, job_id, producer, won.attempt, seq, "word "))
    finally:
        await redis.aclose()


async def _p50_us(call: Call) -> float:
    await call(0)
    took = []
    for seq in range(1, TOKENS + 1):
        begun = time.perf_counter()
        await call(seq)
        took.append(time.perf_counter() - begun)
    return percentile(took, 0.5) * 1e6


if __name__ == "__main__":
    results.alone(TITLE, measure)
