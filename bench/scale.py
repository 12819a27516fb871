"""`python -m bench.scale`: what a token costs while ten jobs are answered, and ten thousand."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import batched, count
from pathlib import Path

from ashao.jobs import keys
from ashao.jobs.job import JobId, Producer, ProducerId, Tier
from ashao.jobs.store import JobStore
from ashao.store.redis import connect
from bench import results
from bench.channel import piece
from bench.process import cpu_s
from bench.row import Goal, Row
from bench.servers import RULES, serving, valkey
from bench.wire import Poster
from tests.support.jobs import claimed
from tests.support.scripted_worker import ScriptedWorker

TITLE = "A token among many running jobs"
FEW, MANY = 10, 10_000
ROUNDS = 3
POSTERS = 10  # as many as the few jobs, so that both are asked alike
POSTS = 4_000
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Busy:
    """A server whose jobs are all being answered by one worker, and its store."""

    server: int
    store: int
    posters: Sequence[Poster]
    jobs: Sequence[JobId]
    seqs: Iterator[int]

    async def cpu_us(self) -> tuple[float, float]:
        """Processor time for each token, the server's and the store's; each job gets as many."""
        server, store = cpu_s(self.server), cpu_s(self.store)
        rounds = max(1, POSTS // len(self.jobs))
        for seq in (next(self.seqs) for _ in range(rounds)):
            await self._all(seq)
        tokens = rounds * len(self.jobs)
        figures = cpu_s(self.server) - server, cpu_s(self.store) - store
        return figures[0] * 1e6 / tokens, figures[1] * 1e6 / tokens

    async def _all(self, seq: int) -> None:
        async def some(poster: Poster, jobs: Sequence[JobId]) -> None:
            for job_id in jobs:
                body = f'{{"jobId":"{job_id}","attempt":1,"seq":{seq},"value":"{piece(seq, 1)}"}}'
                await poster.post(body.encode())

        async with asyncio.TaskGroup() as group:
            for number, poster in enumerate(self.posters):
                group.create_task(some(poster, self.jobs[number :: len(self.posters)]))


async def measure() -> list[Row]:
    """Both in turns, each a server and a store of its own."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        few = await stack.enter_async_context(_busy(folder / "few", FEW))
        many = await stack.enter_async_context(_busy(folder / "many", MANY))
        pairs = [(await few.cpu_us(), await many.cpu_us()) for _ in range(ROUNDS)]
    return [
        Row(
            name=f"{whose} CPU a token, {MANY:,} jobs; floor: {FEW}",
            unit="µs",
            ours=[many[part] for _, many in pairs],
            floor=[few[part] for few, _ in pairs],
            goal=Goal(of_floor=1.1),
        )
        for part, whose in enumerate(("server's", "store's"))
    ]


@asynccontextmanager
async def _busy(folder: Path, jobs: int) -> AsyncGenerator[Busy]:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(valkey(folder / "store"))
        running = stack.enter_context(serving(folder / "ours", ASHAO_REDIS_URL=url))
        worker = await stack.enter_async_context(ScriptedWorker(running.url, slots=64))
        bearer = {"Authorization": f"Bearer {worker.token}"}
        posters = [Poster(running.port, "/api/worker/token", bearer) for _ in range(POSTERS)]
        for each in posters:
            await stack.enter_async_context(each)
        redis = connect(url)
        stack.push_async_callback(redis.aclose)
        store = JobStore(redis, RULES)
        held = await _held(store, ProducerId(worker.id), jobs)
        await redis.delete(keys.queue(Tier.PRO))  # their ids: nobody popped them
        info = await redis.info("server")
        yield Busy(running.pid, int(info["process_id"]), posters, held, count())


async def _held(store: JobStore, worker: ProducerId, jobs: int) -> list[JobId]:
    """So many jobs that the worker holds: claimed in the store, past the limit of its slots."""
    held: list[JobId] = []
    for some in batched(range(jobs), AT_ONCE):
        taken = await asyncio.gather(*(claimed(store, producer=Producer(worker)) for _ in some))
        held += [job_id for job_id, _ in taken]
    return held


if __name__ == "__main__":
    results.alone(TITLE, measure)
