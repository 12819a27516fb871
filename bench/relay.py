"""A token's way through the orchestrator, beside the least that could carry it."""

import asyncio
import statistics
import tempfile
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from bench.process import cpu_s
from bench.relays import Channel, Relay, ashao, floor
from bench.table import Row, percentile
from tests.support.stores import redis_server

ROUNDS = 3
WARM = 100


class Kind(Protocol):
    """Opens a relay with so many channels."""

    def __call__(self, folder: Path, url: str, count: int) -> AbstractAsyncContextManager[Relay]:
        """A running one."""


KINDS: tuple[tuple[str, Kind], ...] = (("bare relay", floor), ("ashao", ashao))
# How many answers at once, how many tokens in a post, how many posts in all.
LOADS = ((1, 1, 2_000), (20, 1, 6_000), (50, 1, 6_000), (20, 8, 2_000))

type Figures = tuple[float, float, float]


async def measure() -> list[Row]:
    """All loads on both, in turns on the same store; medians of the rounds."""
    rows: list[Row] = [
        (
            "answers, tokens a post",
            "",
            "p50 us",
            "p99 us",
            "CPU ms per 1,000 tokens",
            "of the floor",
        )
    ]
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
        for count, tokens, posts in LOADS:
            figures: dict[str, list[Figures]] = {name: [] for name, _ in KINDS}
            for _ in range(ROUNDS):
                for name, kind in KINDS:
                    async with kind(Path(folder), url, count) as relay:
                        figures[name].append(await _run(relay, tokens, posts // count))
            rows += _rows(f"{count}, {tokens}", figures)
    return rows


def _rows(load: str, figures: dict[str, list[Figures]]) -> list[Row]:
    medians = {
        name: [statistics.median(column) for column in zip(*rounds, strict=True)]
        for name, rounds in figures.items()
    }
    least = medians[KINDS[0][0]]
    return [
        (
            load,
            name,
            *(f"{figure:.0f}" for figure in median[:2]),
            f"{median[2]:.1f}",
            ", ".join(f"{mine / its:.2f}" for mine, its in zip(median, least, strict=True)),
        )
        for name, median in medians.items()
    ]


async def _run(relay: Relay, tokens: int, posts: int) -> Figures:
    """Latency at p50 and p99 in microseconds, and processor time per 1,000 tokens in ms."""
    await _through(relay.channels, 0, WARM, tokens)
    before = cpu_s(relay.pid)
    took = await _through(relay.channels, WARM, WARM + posts, tokens)
    cpu_ms = (cpu_s(relay.pid) - before) * 1e6 / (len(took) * tokens)
    return percentile(took, 0.5) * 1e6, percentile(took, 0.99) * 1e6, cpu_ms


async def _through(channels: list[Channel], first: int, end: int, tokens: int) -> list[float]:
    """Seconds from each post to its reader; every channel posts as soon as it was answered."""
    taken = await asyncio.gather(*(_one(each, first, end, tokens) for each in channels))
    return [each for took in taken for each in took]


async def _one(channel: Channel, first: int, end: int, tokens: int) -> list[float]:
    begun: list[float] = []
    took: list[float] = []

    async def read() -> None:
        for number in range(end - first):
            await channel.heard()
            took.append(time.perf_counter() - begun[number])

    reading = asyncio.create_task(read())
    for seq in range(first, end):
        begun.append(time.perf_counter())
        await channel.say(seq, tokens)
    await reading
    return took
