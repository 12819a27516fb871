"""A token's way through the orchestrator, beside the least that could carry it."""

import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.table import Row, percentile
from bench.wire import Poster, cpu_s, events
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.stores import redis_server
from tests.support.wait import wait_until

TOKENS = 2_000
WARM = 200

Body = Callable[[int], bytes]


async def measure() -> list[Row]:
    """The floor and ashao on the same store, one token in flight."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
        floor = await _floor(Path(folder), url.removeprefix("unix://"))
        ours = await _ours(Path(folder), url)
    rows: list[Row] = [("", "p50 us", "p99 us", "CPU ms per 1,000", "of the floor: p50, CPU")]
    for name, figures in (("bare relay", floor), ("ashao", ours)):
        ratios = f"{figures[0] / floor[0]:.2f}, {figures[2] / floor[2]:.2f}"
        rows.append((name, *(f"{figure:.0f}" for figure in figures), ratios))
    return rows


@contextmanager
def _bare_relay(store: str, port_file: Path) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.floor", store, str(port_file)]
    process = subprocess.Popen(command)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


async def _floor(folder: Path, store: str) -> tuple[float, float, float]:
    port_file = folder / "port"
    with _bare_relay(store, port_file) as pid:
        port = int(await wait_until(lambda: port_file.exists() and port_file.read_text(), "a port"))
        frames = events(port, "/", {})
        await anext(frames)
        async with Poster(port, "/", {}) as poster:
            return await _run(pid, poster, lambda seq: b'{"seq":%d}' % seq, frames)


async def _ours(folder: Path, url: str) -> tuple[float, float, float]:
    settings = {"ASHAO_REDIS_URL": url, "ASHAO_WORKER_GRACE_MS": "60000"}
    with orchestrator(folder / "ours", **settings) as running:
        async with ChatClient(running.url) as person, ScriptedWorker(running.url) as worker:
            job_id = await person.send()
            claimed = await worker.claim()
            cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
            path = f"/api/chat/stream?jobId={job_id}"
            frames = events(running.port, path, {"Cookie": cookies})
            await anext(frames)
            bearer = {"Authorization": f"Bearer {worker.token}"}

            def body(seq: int) -> bytes:
                return b'{"jobId":"%b","attempt":%d,"seq":%d,"value":"word "}' % (
                    job_id.encode(),
                    claimed["attempt"],
                    seq,
                )

            async with Poster(running.port, "/api/worker/token", bearer) as poster:
                figures = await _run(running.pid, poster, body, frames)
            await worker.complete(claimed)
            return figures


async def _run(
    pid: int, poster: Poster, body: Body, frames: AsyncGenerator[bytes]
) -> tuple[float, float, float]:
    """Latency at p50 and p99, in microseconds, and processor time per 1,000 tokens, in ms."""
    took: list[float] = []
    cpu_before = 0.0
    for seq in range(WARM + TOKENS):
        if seq == WARM:
            cpu_before = cpu_s(pid)
        begun = time.perf_counter()
        await poster.post(body(seq))
        await anext(frames)
        took.append((time.perf_counter() - begun) * 1e6)
    cpu_ms = (cpu_s(pid) - cpu_before) * 1e6 / TOKENS
    await frames.aclose()
    return percentile(took[WARM:], 0.5), percentile(took[WARM:], 0.99), cpu_ms
