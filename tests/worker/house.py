"""A worker at work in virtual time, and the proof at the end that it left nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ashao_worker.core.donation import Donation
from ashao_worker.core.report import Event, StateChanged, Stats
from ashao_worker.core.scripted import ScriptedEngine
from ashao_worker.core.worker import Worker
from tests.worker.fake_orchestrator import FakeJob, FakeOrchestrator
from tests.worker.virtual_time import VirtualEnvironment

ANSWER = "one two three four five six seven eight nine ten eleven twelve"


@dataclass
class House:
    """All the parts of one test."""

    environment: VirtualEnvironment
    orchestrator: FakeOrchestrator
    engine: ScriptedEngine
    worker: Worker
    running: "asyncio.Task[None]"
    events: list[Event]

    @property
    def states(self) -> list[str]:
        """Every state so far, in order."""
        return [event.state.value for event in self.events if isinstance(event, StateChanged)]

    @property
    def stats(self) -> Stats:
        """The last figures."""
        return [event for event in self.events if isinstance(event, Stats)][-1]

    async def until_ended(self, job: FakeJob, status: str = "done") -> float:
        """Let time pass until the job has ended so."""
        return await self.environment.until(lambda: job.status == status, f"{job.id} {status}")

    async def until_said(self, job: FakeJob, events: int) -> float:
        """Let time pass until the job has that many events."""
        return await self.environment.until(lambda: len(job.log) >= events, f"{events} events")

    async def end(self) -> None:
        """Wait for the worker's own end."""
        await self.environment.until(self.running.done, "the worker ends")


@asynccontextmanager
async def donating(
    *,
    answer: str = ANSWER,
    token_ms: float = 20,
    error: str | None = None,
    error_after: int = 0,
    concurrency: int = 1,
    tiers: tuple[str, ...] = ("pro",),
    latency_ms: float = 5,
    engine_type: type[ScriptedEngine] = ScriptedEngine,
) -> AsyncIterator[House]:
    """A running worker; at the end it is stopped and must have left nothing."""
    before = asyncio.all_tasks()
    environment = VirtualEnvironment(latency_ms=latency_ms)
    orchestrator = FakeOrchestrator(environment)
    environment.answer = orchestrator.answer
    engine = engine_type(
        environment, answer, token_ms=token_ms, error=error, error_after=error_after
    )
    donation = Donation(kind="browser", tiers=tiers, concurrency=concurrency)
    events: list[Event] = []
    worker = Worker(environment, engine, donation, events.append)
    house = House(
        environment, orchestrator, engine, worker, asyncio.ensure_future(worker.run()), events
    )
    try:
        yield house
        worker.stop()
        await house.end()
        assert_nothing_left(house, before)
    finally:
        house.running.cancel()
        await environment.advance(10_000)
        await asyncio.gather(house.running, return_exceptions=True)


def assert_nothing_left(house: House, before: "set[asyncio.Task[object]]") -> None:
    """No task, no stream, no request."""
    assert asyncio.all_tasks() - before == set()
    assert house.engine.open_streams == 0
    assert house.environment.open_requests.total() == 0
