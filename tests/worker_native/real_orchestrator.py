"""The worker tests' orchestrator, over real HTTP and in real time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.worker.fake_orchestrator import FakeOrchestrator
from tests.worker_native.local_server import Reply, Request, json_reply, serving


class RealClock:
    """The machine's time."""

    def now_ms(self) -> float:
        return time.monotonic() * 1000

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def orchestrating() -> AsyncIterator[tuple[str, FakeOrchestrator]]:
    """Its address and itself."""
    orchestrator = FakeOrchestrator(RealClock())

    async def handle(request: Request) -> Reply:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ") or None
        answer = await orchestrator.answer(request.method, request.path, request.body, bearer)
        return json_reply(answer.json, answer.status)

    async with serving(handle) as url:
        yield url, orchestrator
