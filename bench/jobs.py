"""`python -m bench.jobs`: whole jobs, sent, claimed, answered by one token, done and settled; with
history, on SQLite. The LiteLLM proxy answers short requests beside them."""

import asyncio
import json
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ashao.jobs.job import JobId, JobView
from ashao.jobs.read import get_job
from ashao.jobs.store import JobStore, Rules
from ashao.store.redis import connect
from bench import results
from bench.litellm_proxy import Proxy, litellm
from bench.process import cpu_s
from bench.row import Goal, Row
from bench.servers import serving, valkey
from bench.table import percentile
from bench.wire import Poster
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

TITLE = "Whole jobs"
ROUNDS = 3
PAIRS = 8
JOBS = 160
SETTLED = 80
QUESTION = b'{"content":"Hello?"}'
SHORT = b'{"model":"mock","messages":[{"role":"user","content":"Hello?"}]}'

type Job = Callable[[], Awaitable[object]]


class Pair:
    """A person and a worker, each with connections of their own, and the jobs that they did."""

    def __init__(self, person: Poster, worker: ScriptedWorker, calls: dict[str, Poster]) -> None:
        self._person = person
        self._calls = calls
        self._claim = json.dumps({"workerId": worker.id, "tier": "pro", "waitMs": 20000}).encode()
        self.done: list[JobId] = []

    async def job(self) -> None:
        """One job, of whichever person."""
        claim = asyncio.create_task(self._calls["claim"].post(self._claim))
        await self._person.post(QUESTION)
        claimed: dict[str, Any] = json.loads(await claim)
        held = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
        piece = json.dumps({**held, "seq": 0, "value": "Hello."}).encode()
        await self._calls["token"].post(piece)
        await self._calls["complete"].post(json.dumps({**held, "tokens": 1}).encode())
        self.done.append(held["jobId"])


@asynccontextmanager
async def _pair(running: Orchestrator) -> AsyncGenerator[Pair]:
    async with AsyncExitStack() as stack:
        person = await stack.enter_async_context(ChatClient(running.url))
        worker = await stack.enter_async_context(ScriptedWorker(running.url))
        await person.send()
        claimed = await worker.claim()
        await worker.say(claimed, 0, "Hello.")
        await worker.complete(claimed)
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


async def measure() -> list[Row]:
    """Jobs and short requests in turns, several at once; then how long settling took."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(valkey(folder / "store"))
        running = stack.enter_context(serving(folder / "ours", ASHAO_REDIS_URL=url))
        proxy = await stack.enter_async_context(litellm(folder))
        ours, peer = [], []
        for _ in range(ROUNDS):
            ours.append(await _our_rate(running))
            if proxy is not None:
                peer.append(await _their_rate(proxy))
        rate = Row(
            name=f"jobs, {PAIRS} at once, for each core of the server",
            unit="a second",
            ours=ours,
            peer=peer,
            peer_name="LiteLLM, short requests",
            goal=Goal(least=300),
        )
        return [
            rate,
            *await _settle_rows(running, url, 1),
            *await _settle_rows(running, url, PAIRS),
        ]


async def _our_rate(running: Orchestrator) -> float:
    async with AsyncExitStack() as stack:
        pairs = [await stack.enter_async_context(_pair(running)) for _ in range(PAIRS)]
        return await _rate(running.pid, [pair.job for pair in pairs])


async def _their_rate(proxy: Proxy) -> float:
    async with AsyncExitStack() as stack:
        posters = [Poster(proxy.port, "/v1/chat/completions", proxy.headers) for _ in range(PAIRS)]
        for each in posters:
            await stack.enter_async_context(each)
        return await _rate(proxy.pid, [partial(each.post, SHORT) for each in posters])


async def _rate(pid: int, jobs: Sequence[Job]) -> float:
    """How many a process does in each second of its processor time."""
    await _all(jobs, PAIRS)
    before = cpu_s(pid)
    await _all(jobs, JOBS)
    return JOBS / (cpu_s(pid) - before)


async def _all(jobs: Sequence[Job], count: int) -> None:
    async def some(job: Job) -> None:
        for _ in range(count // len(jobs)):
            await job()

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(some(job))


async def _settle_rows(running: Orchestrator, url: str, count: int) -> list[Row]:
    """From `done` to settled, by the store's own clock, which counts milliseconds."""
    p50, p99 = [], []
    redis = connect(url)
    for _ in range(ROUNDS):
        async with AsyncExitStack() as stack:
            pairs = [await stack.enter_async_context(_pair(running)) for _ in range(count)]
            await _all([pair.job for pair in pairs], SETTLED)
            store = JobStore(redis, Rules())
            took = [await _settled_ms(store, each) for pair in pairs for each in pair.done]
            p50.append(percentile(took, 0.5))
            p99.append(percentile(took, 0.99))
    await redis.aclose()
    name = f"settled after done, {count} at once"
    return [
        Row(name=f"{name}, p50", unit="ms", ours=p50, goal=Goal(most=5)),
        Row(name=f"{name}, p99", unit="ms", ours=p99, goal=Goal(most=30)),
    ]


async def _settled_ms(store: JobStore, job_id: JobId) -> float:
    async def settled() -> JobView | None:
        job = await get_job(store, job_id)
        return job if job is not None and job.settled_at is not None else None

    job = await wait_until(settled, "a settled job")
    assert job is not None
    assert job.settled_at is not None
    assert job.ended_at is not None
    return job.settled_at - job.ended_at


if __name__ == "__main__":
    results.alone(TITLE, measure)
