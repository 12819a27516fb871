"""`python -m bench.idle`: what a stream costs on which nothing happens, and what it costs others.

Beside it the bare relay, whose stream is a queue and a loop. `--short` opens few.
"""

import asyncio
import resource
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import batched
from pathlib import Path

from ashao.jobs import keys
from ashao.jobs.claim import claim
from ashao.jobs.job import Tier
from ashao.jobs.store import JobStore
from ashao.store.redis import connect
from ashao.tasks import cancel_and_join
from bench import results
from bench.asker import FOR_EACH, asker
from bench.channel import Channel, Relay
from bench.process import cpu_s, rss_bytes
from bench.relays import NAMES, Ashao, Floor, floor
from bench.row import Goal, Row
from bench.servers import RULES, serving, valkey
from bench.table import percentile
from bench.wire import events
from tests.support.jobs import ANN
from tests.support.orchestrator import Orchestrator

TITLE = "Open streams on which nothing happens"
PAUSE_S = 0.01  # between two tokens
SETTLE_S = 2.0
AT_ONCE = 100
OTHER_FILES = 500  # that the driver or a server has open beside the streams


@dataclass(frozen=True, slots=True)
class Load:
    """How many streams, one count after the other, and how long somebody speaks among them."""

    counts: Sequence[int]
    speak_s: float


LONG = Load((2_000, 10_000), 16.0)  # longer than the pause between two signs of life
SHORT = Load((500,), 3.0)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one count of streams."""

    kib: float
    cpu_percent: float
    p99_ms: float
    most_ms: float


type Opens = Callable[[AsyncExitStack, int], Awaitable[None]]


async def measure(load: Load = LONG) -> list[Row]:
    """The bare relay, then ours, on the same store."""
    most = _raised_limit() - OTHER_FILES
    counts = [each for each in load.counts if each <= most]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(valkey(folder / "store"))
        async with floor(folder, url) as bare:
            least = await _figures(bare, partial(_open_bare, bare), counts, load.speak_s)
        store = JobStore(connect(url), RULES)
        stack.push_async_callback(store.redis.aclose)
        running = stack.enter_context(serving(folder / "ours", ASHAO_REDIS_URL=url))
        opens = partial(_open_ours, running, store)
        ours = await _figures(Ashao(running), opens, counts, load.speak_s)
    return [row for each in zip(counts, ours, least, strict=True) for row in _rows(*each)]


def _raised_limit() -> int:
    """How many files a process may have open, from now on."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def _rows(count: int, ours: Figures, least: Figures) -> list[Row]:
    def row(name: str, unit: str, ours: float, least: float, goal: Goal) -> Row:
        return Row(
            name=f"{count:,} streams: {name}", unit=unit, ours=[ours], floor=[least], goal=goal
        )

    return [
        row("memory of each", "KiB", ours.kib, least.kib, Goal(of_floor=1.5)),
        row("the server's share", "% of a core", ours.cpu_percent, least.cpu_percent, Goal()),
        row("a token among them, p99", "ms", ours.p99_ms, least.p99_ms, Goal(most=5)),
        row("the slowest token", "ms", ours.most_ms, least.most_ms, Goal(most=25)),
    ]


async def _figures(
    relay: Relay, opens: Opens, counts: Sequence[int], speak_s: float
) -> list[Figures]:
    figures: list[Figures] = []
    async with AsyncExitStack() as stack:
        [channel] = await stack.enter_async_context(relay.channels(1))
        took = await stack.enter_async_context(_speaking(channel))
        await asyncio.sleep(SETTLE_S)
        before, opened = rss_bytes(relay.pid), 0
        for count in counts:
            await opens(stack, count - opened)
            opened = count
            await asyncio.sleep(SETTLE_S)
            kib = (rss_bytes(relay.pid) - before) / 1024 / count
            cpu_percent = await _share(relay, took, speak_s)
            p99, most = percentile(took, 0.99), max(took)
            figures.append(Figures(kib, cpu_percent, p99 * 1000, most * 1000))
    return figures


async def _share(relay: Relay, took: list[float], seconds: float) -> float:
    """Per cent of a core, while `took` fills anew."""
    took.clear()
    before, begun = cpu_s(relay.pid), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (cpu_s(relay.pid) - before) / (time.perf_counter() - begun)


@asynccontextmanager
async def _speaking(channel: Channel) -> AsyncGenerator[list[float]]:
    """One token after the other; seconds from each one's post to its reader."""
    took: list[float] = []

    async def speak() -> None:
        while True:
            took.append(await channel.relay(1))
            await asyncio.sleep(PAUSE_S)

    speaking = asyncio.create_task(speak())
    try:
        yield took
    finally:
        await cancel_and_join(speaking)


async def _open_bare(relay: Floor, stack: AsyncExitStack, count: int) -> None:
    await _open(stack, (events(relay.port, f"/{next(NAMES)}", {}) for _ in range(count)))


async def _open_ours(
    running: Orchestrator, store: JobStore, stack: AsyncExitStack, count: int
) -> None:
    """Each of an answer of its own, which a worker is about to begin."""
    for some in batched(range(count), FOR_EACH):
        person = await asker(running, store, len(some))
        for each in person.jobs:
            await claim(store, each, ANN)
        await store.redis.delete(keys.queue(Tier.PRO))  # their ids: nobody popped them
        await _open(stack, person.streams(running.port))


async def _open(stack: AsyncExitStack, streams: Iterable[AsyncGenerator[bytes]]) -> None:
    for some in batched(streams, AT_ONCE):
        await asyncio.gather(*(anext(each) for each in some))
        for each in some:
            await stack.enter_async_context(aclosing(each))


if __name__ == "__main__":
    results.alone(TITLE, measure, partial(measure, SHORT))
