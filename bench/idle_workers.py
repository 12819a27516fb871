"""Workers that wait for jobs, each in a claim call of its own, and answer what they get."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

from ashao.tasks import cancel_and_join
from bench.wire import Poster
from tests.support.orchestrator import Orchestrator

NEW = {"type": "browser", "model": "scripted"}
WAIT_MS = 60_000


class IdleWorkers:
    """What all of them share; `held` has the moment at which one of them got a job."""

    def __init__(self, http: httpx.AsyncClient, port: int) -> None:
        self._http = http
        self._port = port
        self.held: asyncio.Queue[float] = asyncio.Queue()
        self.answered: asyncio.Queue[None] = asyncio.Queue()

    async def register(self) -> dict[str, Any]:
        """A new one."""
        reply = await self._http.post("/api/worker/register", json=NEW)
        worker: dict[str, Any] = reply.raise_for_status().json()
        return worker

    async def work(self, worker: dict[str, Any]) -> None:
        """Be that one, until cancelled."""
        bearer = {"Authorization": f"Bearer {worker['token']}"}
        body = json.dumps({"workerId": worker["workerId"], "tier": "pro", "waitMs": WAIT_MS})
        async with Poster(self._port, "/api/worker/claim", bearer) as claims:
            while True:
                claimed = json.loads(await claims.post(body.encode()))
                if claimed["job"] is not None:
                    self.held.put_nowait(time.perf_counter())
                    await self._answer(claimed, bearer)
                    self.answered.put_nowait(None)

    async def _answer(self, claimed: dict[str, Any], bearer: dict[str, str]) -> None:
        held = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
        for verb, more in (("token", {"seq": 0, "value": "Hello."}), ("complete", {"tokens": 1})):
            reply = await self._http.post(
                f"/api/worker/{verb}", json={**held, **more}, headers=bearer
            )
            reply.raise_for_status()


@asynccontextmanager
async def idle_workers(running: Orchestrator, count: int) -> AsyncGenerator[IdleWorkers]:
    """So many, which wait."""
    async with AsyncExitStack() as stack:
        http = httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=60)
        workers = IdleWorkers(await stack.enter_async_context(http), running.port)
        registered = [await workers.register() for _ in range(count)]
        tasks = [asyncio.create_task(workers.work(each)) for each in registered]
        try:
            yield workers
        finally:
            await cancel_and_join(*tasks)
