"""`python -m bench.start`: how soon the orchestrator is ready, and what it takes at rest.

Beside it the least that could serve, the bare relay under the same uvicorn, and the LiteLLM proxy.
`--short` is a look.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

from bench import results
from bench.litellm_proxy import litellm
from bench.peers import environment
from bench.process import cpu_s, name_of, rss_bytes
from bench.relays import floor
from bench.row import Goal, Row
from bench.servers import serving, valkey
from tests.support.children import descendants_of

TITLE = "A start, and a rest"
READY = "/health/ready"
SETTLE_S = 5.0  # what is done once after a start is not the rest


@dataclass(frozen=True, slots=True)
class Load:
    """How many starts of ours and the floor, how many of the peer, and how long all rest."""

    starts: int
    peer_starts: int
    rest_s: float


LONG, SHORT = Load(5, 2, 20.0), Load(2, 1, 5.0)

type Kind = Callable[[], AbstractAsyncContextManager[int]]


async def measure(load: Load = LONG) -> list[Row]:
    """The starts in turns, then all at rest at the same time."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an operator's Python keeps what it compiled
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(valkey(folder / "store"))
        kinds: dict[str, Kind] = {
            "floor": partial(_bare, folder, url),
            "ours": partial(_ours, folder / "ours"),
        }
        if environment() is not None:
            kinds["peer"] = partial(_peer, folder)
        async with kinds["ours"]():
            pass  # the first start of all makes the tables
        return [await _start_row(kinds, load), *await _rest_rows(kinds, load.rest_s)]


@asynccontextmanager
async def _bare(folder: Path, url: str) -> AsyncGenerator[int]:
    async with floor(folder, url) as relay:
        _await_answer(relay.port)
        yield relay.pid


@asynccontextmanager
async def _ours(folder: Path) -> AsyncGenerator[int]:
    """The product with its embedded stores, as an operator starts it."""
    with serving(folder) as running:
        _await_answer(running.port)
        yield running.pid


@asynccontextmanager
async def _peer(folder: Path) -> AsyncGenerator[int]:
    async with litellm(folder) as proxy:
        assert proxy is not None
        yield proxy.pid


def _await_answer(port: int) -> None:
    http = HTTPConnection("127.0.0.1", port)
    http.request("GET", READY)
    assert http.getresponse().status == 200
    http.close()


async def _start_row(kinds: Mapping[str, Kind], load: Load) -> Row:
    took: dict[str, list[float]] = {name: [] for name in ("floor", "ours", "peer")}
    for number in range(load.starts):
        for name, kind in kinds.items():
            if name == "peer" and number >= load.peer_starts:
                continue
            begun = time.perf_counter()
            async with kind():
                took[name].append(time.perf_counter() - begun)
    return _row("from the command to ready", "s", took, Goal(most=0.6))


async def _rest_rows(kinds: Mapping[str, Kind], seconds: float) -> list[Row]:
    """All at the same time: they share the machine's noise."""
    async with AsyncExitStack() as stack:
        pids = {name: await stack.enter_async_context(kind()) for name, kind in kinds.items()}
        children = {name_of(pid): pid for pid in descendants_of(pids["ours"])}
        await asyncio.sleep(SETTLE_S)
        shares = await _shares(pids | children, seconds)
        memory = {name: [rss_bytes(pid) / 1e6] for name, pid in (pids | children).items()}
    return [
        _row("memory at rest", "MB", memory, Goal(most=80)),
        *(_child_row(name, "MB", memory) for name in children),
        _row("share at rest", "% of a core", shares, Goal(most=0.3)),
        *(_child_row(name, "% of a core", shares) for name in children),
    ]


def _child_row(name: str, unit: str, figures: Mapping[str, list[float]]) -> Row:
    return Row(name=f"and its child {name}", unit=unit, ours=figures[name])


def _row(name: str, unit: str, figures: Mapping[str, list[float]], goal: Goal) -> Row:
    return Row(
        name=name,
        unit=unit,
        ours=figures["ours"],
        floor=figures["floor"],
        peer=figures.get("peer", ()),
        peer_name="LiteLLM",
        goal=goal,
    )


async def _shares(pids: Mapping[str, int], seconds: float) -> dict[str, list[float]]:
    """Per cent of a core that each process has for a while."""
    begun, before = time.perf_counter(), {name: cpu_s(pid) for name, pid in pids.items()}
    await asyncio.sleep(seconds)
    took_s = time.perf_counter() - begun
    return {name: [100 * (cpu_s(pid) - before[name]) / took_s] for name, pid in pids.items()}


if __name__ == "__main__":
    results.alone(TITLE, measure, partial(measure, SHORT))
