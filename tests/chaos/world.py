"""Everything that can be killed: two orchestrators, their store, and workers."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.orchestrator import Orchestrator, two_orchestrators
from tests.support.own_store import OwnStore

WORKERS = 3
TIMES = {
    "ASHAO_WORKER_GRACE_MS": "1500",
    "ASHAO_LEASE_MS": "2500",
    "ASHAO_FIRST_TOKEN_MS": "5000",
    "ASHAO_DRAIN_S": "1",
}

Fault = Callable[[], Awaitable[None]]


class World:
    """Each fault returns when what it broke runs again."""

    def __init__(self, store: OwnStore, orchestrators: tuple[Orchestrator, Orchestrator]) -> None:
        self.store = store
        self.orchestrators = orchestrators
        self.happened: list[str] = []
        self._workers: list[subprocess.Popen[bytes]] = []

    @property
    def urls(self) -> list[str]:
        """Where the orchestrators are; a restarted one comes back to its place."""
        return [each.url for each in self.orchestrators]

    def add_worker(self, url: str) -> None:
        """One more machine that donates."""
        command = [sys.executable, "-m", "tests.chaos.reciter", url]
        self._workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

    def end_workers(self) -> None:
        """All machines are gone."""
        for worker in self._workers:
            worker.kill()
            worker.wait(10)
        self._workers.clear()

    async def trouble(self, rng: random.Random, for_s: float) -> None:
        """Let things go wrong for some time: machines beside servers and their store."""
        machines, servers = random.Random(rng.random()), random.Random(rng.random())
        await asyncio.gather(
            self._repeat(machines, for_s, [self._kill_worker(machines)], pause_s=2.0),
            self._repeat(
                servers,
                for_s,
                [
                    self._kill_orchestrator(servers),
                    self._replace_orchestrator(servers),
                    self._kill_store(servers),
                    self._freeze_store(servers),
                ],
                pause_s=1.0,
            ),
        )

    async def _repeat(
        self, rng: random.Random, for_s: float, faults: list[Fault], pause_s: float
    ) -> None:
        """Every fault once, in random order, and again while there is time."""
        clock = asyncio.get_running_loop().time
        end = clock() + for_s
        while True:
            for fault in rng.sample(faults, len(faults)):
                await asyncio.sleep(rng.uniform(0.2, 1.8) * pause_s)
                await fault()
            if clock() >= end:
                return

    def _kill_worker(self, rng: random.Random) -> Fault:
        async def fault() -> None:
            self.happened.append("worker killed")
            victim = self._workers.pop(rng.randrange(len(self._workers)))
            victim.kill()
            await asyncio.to_thread(victim.wait)
            self.add_worker(rng.choice(self.urls))

        return fault

    def _kill_orchestrator(self, rng: random.Random) -> Fault:
        async def fault() -> None:
            self.happened.append("orchestrator killed")
            await self._restart(rng.choice(self.orchestrators), Orchestrator.kill)

        return fault

    def _replace_orchestrator(self, rng: random.Random) -> Fault:
        def leave(orchestrator: Orchestrator) -> None:
            orchestrator.terminate()
            orchestrator.wait()

        async def fault() -> None:
            self.happened.append("orchestrator replaced")
            await self._restart(rng.choice(self.orchestrators), leave)

        return fault

    async def _restart(
        self, orchestrator: Orchestrator, end: Callable[[Orchestrator], None]
    ) -> None:
        port = orchestrator.port
        await asyncio.to_thread(end, orchestrator)
        # It listens; it may still be starting when the next fault comes.
        await asyncio.to_thread(orchestrator.start, port)

    def _kill_store(self, rng: random.Random) -> Fault:
        async def fault() -> None:
            self.happened.append("store killed")
            self.store.kill()
            await asyncio.sleep(rng.uniform(0, 0.5))
            await asyncio.to_thread(self.store.start)

        return fault

    def _freeze_store(self, rng: random.Random) -> Fault:
        async def fault() -> None:
            self.happened.append("store frozen")
            self.store.freeze()
            await asyncio.sleep(rng.uniform(0.2, 1.0))
            self.store.thaw()

        return fault


@asynccontextmanager
async def world(store: OwnStore, folder: Path) -> AsyncIterator[World]:
    """A running world on this store."""
    with two_orchestrators(folder, **TIMES | {"ASHAO_REDIS_URL": store.url}) as both:
        made = World(store, both)
        try:
            for number in range(WORKERS):
                made.add_worker(made.urls[number % 2])
            yield made
        finally:
            made.end_workers()
