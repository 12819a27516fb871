"""Whole jobs: sent, claimed, answered by one token, done; with history, on SQLite."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.process import cpu_s
from bench.table import Row, percentile
from bench.wire import Poster
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, commanded
from tests.support.scripted_worker import ScriptedWorker
from tests.support.stores import redis_server

PAIRS = (1, 8)
JOBS = 400
WARM = 50
QUESTION = b'{"content":"Hello?"}'


class Pair:
    """A person and a worker, each with connections of their own."""

    def __init__(self, person: Poster, worker: ScriptedWorker, calls: dict[str, Poster]) -> None:
        self._person = person
        self._calls = calls
        self._claim = json.dumps({"workerId": worker.id, "tier": "pro", "waitMs": 20000}).encode()

    async def job(self) -> float:
        """One job; seconds from the send until some worker, this one, holds one."""
        claim = asyncio.create_task(self._calls["claim"].post(self._claim))
        begun = time.perf_counter()
        await self._person.post(QUESTION)
        claimed: dict[str, Any] = json.loads(await claim)
        took = time.perf_counter() - begun
        held = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
        piece = json.dumps({**held, "seq": 0, "value": "Hello."}).encode()
        await self._calls["token"].post(piece)
        await self._calls["complete"].post(json.dumps({**held, "tokens": 1}).encode())
        return took


@asynccontextmanager
async def _pair(running: Orchestrator) -> AsyncGenerator[Pair]:
    async with AsyncExitStack() as stack:
        person = await stack.enter_async_context(ChatClient(running.url))
        worker = await stack.enter_async_context(ScriptedWorker(running.url))
        await person.send()
        await worker.complete(await _answered(worker))
        cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
        bearer = {"Authorization": f"Bearer {worker.token}"}
        calls = {
            verb: await stack.enter_async_context(
                Poster(running.port, f"/api/worker/{verb}", bearer)
            )
            for verb in ("claim", "token", "complete")
        }
        asks = Poster(running.port, "/api/chat/send", {"Cookie": cookies})
        yield Pair(await stack.enter_async_context(asks), worker, calls)


async def _answered(worker: ScriptedWorker) -> dict[str, Any]:
    claimed = await worker.claim()
    await worker.say(claimed, 0, "Hello.")
    return claimed


async def measure() -> list[Row]:
    """One pair at a time, and several at once."""
    rows: list[Row] = [
        ("at once", "send to claim p50 ms", "p99", "jobs/s", "CPU ms a job", "jobs/s per core")
    ]
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
        settings = {
            "ASHAO_REDIS_URL": url,
            "ASHAO_SENDS_PER_MINUTE": "1000000",
            "ASHAO_IN_FLIGHT_ANONYMOUS": "1000",
            "ASHAO_POOL_HOURLY_CAP": "100000000",
        }
        with commanded(Path(folder) / "ours", **settings) as running:
            return rows + [await _figures(running, pairs) for pairs in PAIRS]


async def _figures(running: Orchestrator, count: int) -> Row:
    async with AsyncExitStack() as stack:
        pairs = [await stack.enter_async_context(_pair(running)) for _ in range(count)]
        await _jobs(pairs, WARM)
        cpu, begun = cpu_s(running.pid), time.perf_counter()
        took = [1000 * each for each in await _jobs(pairs, JOBS)]
        wall_s, used_s = time.perf_counter() - begun, cpu_s(running.pid) - cpu
    done = len(took)
    return (
        str(count),
        *(f"{percentile(took, share):.1f}" for share in (0.5, 0.99)),
        f"{done / wall_s:.0f}",
        f"{1000 * used_s / done:.1f}",
        f"{done / used_s:.0f}",
    )


async def _jobs(pairs: list[Pair], count: int) -> list[float]:
    async def some(pair: Pair) -> list[float]:
        return [await pair.job() for _ in range(count // len(pairs))]

    return [each for took in await asyncio.gather(*map(some, pairs)) for each in took]
