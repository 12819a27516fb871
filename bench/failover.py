"""How long a reader waits when a machine goes away while another one is idle.

From the last token of the first worker to the first token of the second, at the reader. Engines
take no time here: the second worker speaks as soon as it has the claim.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.table import Row, percentile
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import commanded
from tests.support.scripted_worker import ScriptedWorker

LEASE_MS = 2_000
ROUNDS = 40
LEASE_ROUNDS = 5
SAID = 3

Leave = Callable[[ScriptedWorker, dict[str, Any]], Awaitable[object]]


async def measure() -> list[Row]:
    """One row for each way to go away, on the embedded store."""
    rows: list[Row] = [("the worker", "p50", "p90", "most", "beyond the lease, p50")]
    times = {"ASHAO_LEASE_MS": str(LEASE_MS), "ASHAO_WORKER_GRACE_MS": "60000"}
    with (
        tempfile.TemporaryDirectory() as folder,
        commanded(Path(folder), **times) as running,
    ):
        await _gap(running.url, _released)  # warm
        for name, leave, rounds in (
            ("closes its tab (release)", _released, ROUNDS),
            ("reports a failure", _failed, ROUNDS),
            (f"falls silent (lease of {LEASE_MS} ms)", _silent, LEASE_ROUNDS),
        ):
            gaps = [await _gap(running.url, leave) for _ in range(rounds)]
            beyond = percentile(gaps, 0.5) - (LEASE_MS if leave is _silent else 0)
            figures = percentile(gaps, 0.5), percentile(gaps, 0.9), max(gaps), beyond
            rows.append((name, *(f"{figure:.1f}" for figure in figures)))
    return rows


async def _gap(url: str, leave: Leave) -> float:
    async with ChatClient(url) as person, ScriptedWorker(url) as first:
        events = person.events(await person.send())
        claimed = await first.claim()
        async with ScriptedWorker(url) as second:
            going_on = asyncio.create_task(_go_on(second))
            for seq in range(SAID):
                await first.say(claimed, seq, "word ")
            while (await anext(events)).id != str(SAID - 1):
                continue
            last_at = time.perf_counter()
            leaving = asyncio.create_task(_await(leave(first, claimed)))
            while (await anext(events)).id != str(SAID):
                continue
            gap_ms = (time.perf_counter() - last_at) * 1000
            await asyncio.gather(leaving, going_on)
            await events.aclose()
            return gap_ms


async def _await(call: Awaitable[object]) -> None:
    await call


async def _go_on(second: ScriptedWorker) -> None:
    claimed = await second.claim()
    await second.say(claimed, claimed["nextSeq"], "on")
    await second.complete(claimed)


async def _released(worker: ScriptedWorker, _: dict[str, Any]) -> None:
    await worker.post("release", workerId=worker.id)


async def _failed(worker: ScriptedWorker, claimed: dict[str, Any]) -> None:
    await worker.fail(claimed)


async def _silent(_: ScriptedWorker, __: dict[str, Any]) -> None:
    return
