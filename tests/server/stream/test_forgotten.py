"""A store that forgot its last writes goes on with other words: no reader gets the two spliced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from ashao.jobs import keys
from ashao.jobs.event import DoneEvent, StoredEvent, TokenEvent
from ashao.jobs.event_id import FROM_THE_START, EventId
from ashao.jobs.finish import complete
from ashao.jobs.job import Claim, JobId
from ashao.jobs.publish import publish
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore
from ashao.store.redis import Redis
from ashao.stream.fanout import Fanout
from ashao.stream.resume import FORGOTTEN, Followed, KeepAlive, follow
from tests.support.jobs import ANN, claimed, view

KEPT, SHOWN, GROWN = 5, 10, 15


@pytest.fixture
async def fanout(blocking_redis: Redis) -> AsyncIterator[Fanout]:
    """An open fan-out."""
    async with Fanout(blocking_redis) as opened:
        yield opened


async def _say(store: JobStore, job_id: JobId, won: Claim, voice: str, seqs: range) -> None:
    for seq in seqs:
        await publish(store, job_id, ANN.id, won.attempt, seq, f"{voice}{seq} ")


class Backup:
    """A job as it was; the store can be made to know no more than that."""

    def __init__(self, redis: Redis, job_id: JobId) -> None:
        self._redis = redis
        self._names = (keys.job(job_id), keys.log(job_id))

    async def take(self) -> None:
        """Now."""
        for name in self._names:
            await self._redis.copy(name, f"{name}:backup", replace=True)

    async def forget(self) -> None:
        """What was written since then is gone, and no reader is told."""
        for name in self._names:
            await self._redis.rename(f"{name}:backup", name)


async def _forked(store: JobStore) -> tuple[JobId, Claim, Backup]:
    """A job of which all was read up to SHOWN, and the store will know it up to KEPT."""
    job_id, won = await claimed(store)
    await _say(store, job_id, won, "A", range(KEPT))
    backup = Backup(store.redis, job_id)
    await backup.take()
    await _say(store, job_id, won, "A", range(KEPT, SHOWN))
    return job_id, won, backup


def _text(followed: list[Followed]) -> str:
    return "".join(each.value for each in followed if isinstance(each, TokenEvent))


async def test_whoever_comes_back_with_more_than_is_left_gets_the_honest_error(
    job_store: JobStore, fanout: Fanout
) -> None:
    """Also when the log is that long again; whoever had no more than is left gets the rest."""
    job_id, won, backup = await _forked(job_store)
    ids = [EventId.of(event) for event in (await read_log(job_store, job_id)).events]
    await backup.forget()
    await _say(job_store, job_id, won, "B", range(KEPT, GROWN))
    await complete(job_store, job_id, ANN.id, won.attempt)
    job = await view(job_store, job_id)
    for seen in ids[KEPT:]:
        assert [each async for each in follow(job_store, fanout, job, seen)] == [FORGOTTEN]
    for seen in (FROM_THE_START, *ids[:KEPT]):
        rest = [each async for each in follow(job_store, fanout, job, seen)]
        assert isinstance(rest[-1], DoneEvent)
        words = [*(f"A{seq} " for seq in range(KEPT)), *(f"B{n} " for n in range(KEPT, GROWN))]
        assert _text(rest) == "".join(words[seen.seq + 1 :])


async def test_whoever_reads_on_notices_it_too(job_store: JobStore, fanout: Fanout) -> None:
    """The connection lives, nobody says that anything was lost, and the seqs fit."""
    job_id, won, backup = await _forked(job_store)
    job = await view(job_store, job_id)
    async with aclosing(follow(job_store, fanout, job, FROM_THE_START)) as following:
        seen = [await anext(following) for _ in range(SHOWN)]
        reading = asyncio.create_task(anext(following))
        await backup.forget()
        await _say(job_store, job_id, won, "B", range(KEPT, GROWN))
        while isinstance(last := await reading, KeepAlive):
            reading = asyncio.create_task(anext(following))
    assert last == FORGOTTEN
    assert _text(seen) == "".join(f"A{seq} " for seq in range(SHOWN))


async def test_what_an_older_server_wrote_has_a_bare_seq_and_is_not_checked(
    job_store: JobStore, fanout: Fanout
) -> None:
    """It keeps and publishes events without a digest; ours go on after them."""
    job_id, won = await claimed(job_store)
    await _say(job_store, job_id, won, "A", range(1))
    await job_store.redis.rpush(keys.log(job_id), '{"type":"token","seq":1,"value":"old "}')
    await job_store.redis.hset(keys.job(job_id), "nextSeq", "2")
    await _say(job_store, job_id, won, "A", range(2, 3))
    await complete(job_store, job_id, ANN.id, won.attempt)
    job = await view(job_store, job_id)
    events = [each async for each in follow(job_store, fanout, job, FROM_THE_START)]
    kept = [each for each in events if isinstance(each, StoredEvent)]
    assert _text(events) == "A0 old A2 "
    assert [bool(each.digest) for each in kept] == [True, False, True, True]
    for seen in (EventId(1), EventId(1, "0" * 12), *map(EventId.of, kept)):
        rest = [each async for each in follow(job_store, fanout, job, seen)]
        assert rest == events[seen.seq + 1 :]
