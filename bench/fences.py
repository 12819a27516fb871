"""What it costs that every token is checked, numbered and kept before anybody sees it."""

import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from ashao.jobs.job import ProducerId
from ashao.jobs.publish import publish
from ashao.jobs.store import JobStore, Rules
from ashao.store.redis import Redis, connect
from bench.table import Row, percentile
from tests.support.jobs import ANN, claimed
from tests.support.own_store import own_store
from tests.support.stores import redis_server

TOKENS = 3_000
EVENT = '{"type":"token","seq":1000,"value":"word "}'

Call = Callable[[int], Awaitable[object]]


async def measure() -> list[Row]:
    """A bare PUBLISH, the fenced script, and the script when every write is on disk first."""
    with tempfile.TemporaryDirectory() as folder:
        with redis_server(Path(folder)) as url:
            bare = await _bare(url)
            fenced = await _fenced(url)
        with own_store("redis-server", Path(folder) / "durable") as store:
            durable = await _fenced(store.url)
    rows: list[Row] = [("", "p50 us", "p99 us", "in the store, us", "p50, of the bare PUBLISH")]
    for name, figures in (
        ("bare PUBLISH", bare),
        ("fence + log + PUBLISH", fenced),
        ("the same, on disk before the answer", durable),
    ):
        cells = (f"{figure:.0f}" for figure in figures[:2])
        rows.append((name, *cells, f"{figures[2]:.1f}", f"{figures[0] / bare[0]:.2f}"))
    return rows


async def _bare(url: str) -> tuple[float, float, float]:
    redis = connect(url)
    try:
        return await _run(redis, "publish", lambda seq: redis.publish("bench", EVENT))
    finally:
        await redis.aclose()


async def _fenced(url: str) -> tuple[float, float, float]:
    redis = connect(url)
    try:
        jobs = JobStore(redis, Rules())
        job_id, won = await claimed(jobs)
        producer = ProducerId(ANN.id)
        return await _run(
            redis,
            "evalsha",
            lambda seq: publish(jobs, job_id, producer, won.attempt, seq, "word "),
        )
    finally:
        await redis.aclose()


async def _run(redis: Redis, command: str, call: Call) -> tuple[float, float, float]:
    await call(0)
    await redis.config_resetstat()
    took = []
    for seq in range(1, TOKENS + 1):
        begun = time.perf_counter()
        await call(seq)
        took.append((time.perf_counter() - begun) * 1e6)
    stats = await redis.info("commandstats")
    in_store = float(stats[f"cmdstat_{command}"]["usec_per_call"])
    return percentile(took, 0.5), percentile(took, 0.99), in_store
