"""`python -m bench.idle`: what a stream costs on which nothing happens, and what it costs others.

Beside it the bare relay, whose stream is a queue and a loop. `--short` opens few.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from itertools import count
from pathlib import Path

from msgspec import structs

from ashao.jobs.claim import claim
from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import JobId
from ashao.jobs.store import JobStore
from ashao.store.redis import connect
from bench.process import cpu_s, rss_mb
from bench.relays import PATIENT, Relay, ashao, floor
from bench.table import Row, percentile, show
from bench.wire import events
from tests.support.chat_client import ChatClient
from tests.support.jobs import ANN, new_job, view
from tests.support.stores import redis_server

COUNTS, SHORT_COUNTS = (2_000, 9_500), (500,)
SPEAK_S, SHORT_SPEAK_S = 20.0, 3.0  # longer than the pause between two signs of life
PAUSE_S = 0.01  # between two tokens
SETTLE_S = 2.0
OF_EACH = 200  # streams of one visitor, who may open so many at once
DESCRIPTORS = 20_000

type Idle = Callable[[Relay, str, int], AbstractAsyncContextManager[None]]


def main() -> None:
    """Measure both, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.idle", description=__doc__)
    parser.add_argument("--short", action="store_true", help="few streams, a short while")
    is_short = parser.parse_args().short
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(DESCRIPTORS, most), most))
    counts, seconds = (SHORT_COUNTS, SHORT_SPEAK_S) if is_short else (COUNTS, SPEAK_S)
    show("Idle streams", asyncio.run(_measure(counts, seconds)))


async def _measure(counts: tuple[int, ...], seconds: float) -> list[Row]:
    rows: list[Row] = [
        ("idle streams", "", "KiB each", "of the floor", "CPU %", "a token's p50 ms", "p99", "most")
    ]
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
        for streams in counts:
            least = 0.0
            for name, kind, idle in (("bare relay", floor, _bare), ("ashao", ashao, _ours)):
                async with kind(Path(folder), url, 1) as relay, _speaking(relay) as took:
                    await asyncio.sleep(SETTLE_S)
                    before = rss_mb(relay.pid)
                    async with idle(relay, url, streams):
                        await asyncio.sleep(SETTLE_S)
                        each = (rss_mb(relay.pid) - before) * 1e6 / 1024 / streams
                        least = least or each
                        figures = await _figures(relay, took, seconds)
                rows.append((str(streams), name, f"{each:.1f}", f"{each / least:.2f}", *figures))
    return rows


async def _figures(relay: Relay, took: list[float], seconds: float) -> list[str]:
    """The processor's share, and how long a token takes among all these."""
    took.clear()
    cpu, begun = cpu_s(relay.pid), time.perf_counter()
    await asyncio.sleep(seconds)
    percent = 100 * (cpu_s(relay.pid) - cpu) / (time.perf_counter() - begun)
    times = percentile(took, 0.5), percentile(took, 0.99), max(took)
    return [f"{percent:.1f}", *(f"{1000 * each:.1f}" for each in times)]


@asynccontextmanager
async def _speaking(relay: Relay) -> AsyncGenerator[list[float]]:
    """One token after the other; seconds from each one's post to its reader."""
    [channel], took = relay.channels, list[float]()

    async def speak() -> None:
        for seq in count():
            begun = time.perf_counter()
            await channel.say(seq, 1)
            await channel.heard()
            took.append(time.perf_counter() - begun)
            await asyncio.sleep(PAUSE_S)

    speaking = asyncio.create_task(speak())
    try:
        yield took
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


@asynccontextmanager
async def _bare(relay: Relay, _: str, streams: int) -> AsyncGenerator[None]:
    async with AsyncExitStack() as stack:
        for number in range(streams):
            await _open(stack, relay, f"/idle-{number}", {})
        yield


@asynccontextmanager
async def _ours(relay: Relay, url: str, streams: int) -> AsyncGenerator[None]:
    """Each of an answer of its own, which a worker is about to begin."""
    redis = connect(url)
    store = JobStore(redis, PATIENT)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(redis.aclose)
        for first in range(0, streams, OF_EACH):
            async with ChatClient(f"http://127.0.0.1:{relay.port}") as person:
                asked = await view(store, JobId(await person.send()))
                cookies = "; ".join(f"{key}={value}" for key, value in person.http.cookies.items())
            for _ in range(first, min(first + OF_EACH, streams)):
                job = structs.replace(new_job(), user_id=asked.user_id)
                await enqueue(store, job)
                await claim(store, job.id, ANN)
                path = f"/api/chat/stream?jobId={job.id}"
                await _open(stack, relay, path, {"Cookie": cookies})
        yield


async def _open(stack: AsyncExitStack, relay: Relay, path: str, headers: dict[str, str]) -> None:
    frames = events(relay.port, path, headers)
    await anext(await stack.enter_async_context(aclosing(frames)))


if __name__ == "__main__":
    main()
