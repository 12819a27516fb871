"""Long answers and readers that do not read cost others nothing: parts, and so many streams."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, suppress

import pytest

from ashao.jobs.event import DoneEvent
from ashao.jobs.event_id import FROM_THE_START
from ashao.jobs.finish import complete
from ashao.jobs.job import JobId
from ashao.jobs.publish import MAX_VALUE_BYTES, publish
from ashao.jobs.read import read_log
from ashao.jobs.scripts import JobScript, ReadLog
from ashao.jobs.store import JobStore, Reply, Rules
from ashao.store.redis import Redis
from ashao.stream.fanout import Fanout
from ashao.stream.open_streams import VISITORS_AT_AN_ADDRESS
from ashao.stream.resume import LOG_PART, follow
from tests.support.chat_client import ChatClient
from tests.support.jobs import ANN, claimed, view
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.wait import wait_until

PIECES = 20 * LOG_PART
READERS = 40
MOST_HELD = READERS * 200 * 1024  # bytes; of whole logs it would be four times as much


class CountingStore(JobStore):
    """Counts how often a log is read."""

    reads = 0

    async def run(self, job_id: JobId, script: JobScript) -> Reply:
        """As ever."""
        self.reads += isinstance(script, ReadLog)
        return await super().run(job_id, script)


@pytest.fixture
def job_store(redis: Redis) -> CountingStore:
    """The scripts on the store."""
    return CountingStore(redis, Rules())


@pytest.fixture
async def fanout(blocking_redis: Redis) -> AsyncIterator[Fanout]:
    """An open fan-out."""
    async with Fanout(blocking_redis) as opened:
        yield opened


async def _long_answer(store: JobStore) -> JobId:
    """An answer of single letters."""
    job_id, won = await claimed(store)
    await publish(store, job_id, ANN.id, won.attempt, 0, "a")
    pieces = (publish(store, job_id, ANN.id, won.attempt, n, "a") for n in range(1, PIECES))
    await asyncio.gather(*pieces)
    await complete(store, job_id, ANN.id, won.attempt)
    return job_id


async def test_readers_that_do_not_read_hold_a_part_each(
    job_store: CountingStore, fanout: Fanout
) -> None:
    """They took one event; nothing more is read for them until they take the rest."""
    job_id = await _long_answer(job_store)
    job = await view(job_store, job_id)
    job_store.reads = 0
    async with AsyncExitStack() as stack:
        tracemalloc.start()
        stack.callback(tracemalloc.stop)
        streams = [follow(job_store, fanout, job, FROM_THE_START) for _ in range(READERS)]
        for each in streams:
            await anext(await stack.enter_async_context(aclosing(each)))
        assert job_store.reads == READERS
        assert tracemalloc.get_traced_memory()[0] < MOST_HELD
        rest = [each async for each in streams[0]]
        assert len(rest) == PIECES
        assert isinstance(rest[-1], DoneEvent)
        assert job_store.reads == READERS + PIECES // LOG_PART


async def test_a_replay_lets_others_go_between_its_parts(
    job_store: CountingStore, fanout: Fanout
) -> None:
    job_id = await _long_answer(job_store)
    job = await view(job_store, job_id)
    turns, at_once, longest, last = 0, 0, 0, -1

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    going = asyncio.create_task(others())
    async for _ in follow(job_store, fanout, job, FROM_THE_START):
        at_once = at_once + 1 if turns == last else 1
        longest, last = max(longest, at_once), turns
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going
    assert longest <= LOG_PART


async def test_a_part_of_large_pieces_has_fewer_of_them(job_store: CountingStore) -> None:
    job_id, won = await claimed(job_store)
    for seq in range(8):
        await publish(job_store, job_id, ANN.id, won.attempt, seq, "a" * (MAX_VALUE_BYTES // 4))
    page = await read_log(job_store, job_id, at_most=LOG_PART)
    assert [each.seq for each in page.events] == [0, 1, 2]
    assert page.last_seq == 7


async def _is_admitted(person: ChatClient, job_id: str, stack: AsyncExitStack) -> bool:
    """Open a stream and read nothing of it."""
    opening = person.http.stream("GET", "/api/chat/stream", params={"jobId": job_id})
    reply = await stack.enter_async_context(opening)
    if reply.status_code == 200:
        return True
    assert reply.status_code == 429
    assert int(reply.headers["retry-after"]) > 0
    assert "open streams at a time" in (await reply.aread()).decode()
    return False


LIMIT = 2


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server where nobody answers, behind a proxy."""
    settings = {"ASHAO_STREAMS": str(LIMIT), "ASHAO_WORKER_GRACE_MS": "600000"}
    proxy = {"ASHAO_TRUSTED_PROXIES": "127.0.0.1"}
    with orchestrator(tmp_path_factory.mktemp("town"), **settings, **proxy) as running:
        yield running


async def test_an_owner_has_so_many_streams_and_closing_one_makes_room(
    town: Orchestrator,
) -> None:
    """Whichever of their answers they are of; others are not concerned."""
    async with ChatClient(town.url) as person, Member(town.url) as other, AsyncExitStack() as kept:
        jobs = [await person.send(), await person.send()]
        await other.sign_in()
        async with AsyncExitStack() as stack:
            for number in range(LIMIT):
                assert await _is_admitted(person, jobs[number % 2], stack)
            for job_id in jobs:
                assert not await _is_admitted(person, job_id, stack)
            assert await _is_admitted(other, await other.send(), stack)

        async def is_admitted() -> bool:
            return await _is_admitted(person, jobs[0], kept)

        await wait_until(is_admitted, "the closed ones are forgotten")


async def test_visitors_at_one_address_have_so_many_together(town: Orchestrator) -> None:
    """A cookie from each of many first sends buys no more."""
    most = LIMIT * VISITORS_AT_AN_ADDRESS
    async with AsyncExitStack() as stack:
        admitted = []
        for number in range(most + 2):
            person = await stack.enter_async_context(ChatClient(town.url))
            person.http.headers["X-Forwarded-For"] = f"198.51.100.{number}"
            job_id = await person.send()
            person.http.headers["X-Forwarded-For"] = "203.0.113.1"
            admitted.append(await _is_admitted(person, job_id, stack))
        assert admitted == [True] * most + [False] * 2
