"""`python -m bench.failover`: how long a reader waits when a machine goes away
while another one is idle.

From the last token of the first worker to the first token of the second, at the reader. Engines
take no time here: the second worker speaks as soon as it has the claim.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from httpx_sse import ServerSentEvent

from bench import results
from bench.row import Row
from bench.servers import serving
from tests.support.chat_client import ChatClient, seq_of
from tests.support.scripted_worker import ScriptedWorker

TITLE = "Failover with an idle second worker, as a reader sees it"
LEASE_MS = 2_000
ROUNDS = 40
LEASE_ROUNDS = 5
SAID = 3

Leave = Callable[[ScriptedWorker, dict[str, Any]], Awaitable[object]]


async def measure() -> list[Row]:
    """The gap in each round, for each way to go away, on the embedded store."""
    rows: list[Row] = []
    times = {"ASHAO_LEASE_MS": str(LEASE_MS)}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), **times) as running:
        await _gap(running.url, _released)  # warm
        for name, leave, rounds in (
            ("closes its tab (release)", _released, ROUNDS),
            ("reports a failure", _failed, ROUNDS),
            (f"falls silent, beyond the lease of {LEASE_MS} ms", _silent, LEASE_ROUNDS),
        ):
            known = LEASE_MS if leave is _silent else 0
            gaps = [await _gap(running.url, leave) - known for _ in range(rounds)]
            rows.append(Row(name=f"the worker {name}, {rounds} times", unit="ms", ours=gaps))
    return rows


async def _gap(url: str, leave: Leave) -> float:
    async with ChatClient(url) as person, ScriptedWorker(url) as first:
        events = person.events(await person.send())
        claimed = await first.claim()
        async with ScriptedWorker(url) as second:
            going_on = asyncio.create_task(_go_on(second))
            for seq in range(SAID):
                await first.say(claimed, seq, "word ")
            while await _seq(events) != SAID - 1:
                continue
            last_at = time.perf_counter()
            leaving = asyncio.create_task(_await(leave(first, claimed)))
            while await _seq(events) != SAID:
                continue
            gap_ms = (time.perf_counter() - last_at) * 1000
            await asyncio.gather(leaving, going_on)
            await events.aclose()
            return gap_ms


async def _seq(events: AsyncIterator[ServerSentEvent]) -> int:
    """Of the next event that has one."""
    while not (event := await anext(events)).id:
        pass
    return seq_of(event)


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


if __name__ == "__main__":
    results.alone(TITLE, measure)
