"""Somebody who waits for many answers at once."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from secrets import token_hex

from ashao.jobs.enqueue import enqueue
from ashao.jobs.job import JobId, NewJob, Tier
from ashao.jobs.read import get_job
from ashao.jobs.store import JobStore
from ashao.messages import Message
from bench.wire import events
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator

FOR_EACH = 300  # streams that one person may open at once


@dataclass(frozen=True, slots=True)
class Asker:
    """Their cookies, and the jobs that they may read."""

    headers: dict[str, str]
    jobs: list[JobId]

    def streams(self, port: int) -> list[AsyncGenerator[bytes]]:
        """One of each job, not opened yet."""
        return [events(port, f"/api/chat/stream?jobId={job}", self.headers) for job in self.jobs]


async def asker(running: Orchestrator, store: JobStore, count: int) -> Asker:
    """Somebody new with so many queued jobs: the first is sent, the others go into the store."""
    async with ChatClient(running.url) as person:
        first = JobId(await person.send())
        cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
    job = await get_job(store, first)
    assert job is not None
    ids = [first, *(JobId(token_hex(16)) for _ in range(count - 1))]
    message = [Message("user", "Hello?")]
    for each in ids[1:]:
        new = NewJob(id=each, user_id=job.user_id, tier=Tier.PRO, messages=message)
        await enqueue(store, new)
    return Asker({"Cookie": cookies}, ids)
