"""From any seq: exactly the rest, once, in order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from ashao.jobs import keys
from ashao.jobs.event import DoneEvent, ErrorEvent, QueuedEvent, StoredEvent, TokenEvent
from ashao.jobs.event_id import FROM_THE_START, EventId
from ashao.jobs.finish import cancel, complete, release
from ashao.jobs.job import Claim, JobId
from ashao.jobs.publish import publish
from ashao.jobs.store import JobStore
from ashao.store.redis import Redis
from ashao.stream.fanout import LISTENER_CAPACITY, Fanout
from ashao.stream.resume import FORGOTTEN, VANISHED, Followed, KeepAlive, follow
from tests.support.jobs import ANN, claimed, enqueued, must_claim, plain, view

WORDS = [f"word {number} " for number in range(8)]
EVENTS: list[StoredEvent] = [
    *(TokenEvent(seq, value) for seq, value in enumerate(WORDS)),
    DoneEvent(len(WORDS), len(WORDS)),
]


@pytest.fixture
async def fanout(blocking_redis: Redis) -> AsyncIterator[Fanout]:
    """An open fan-out."""
    async with Fanout(blocking_redis) as opened:
        yield opened


async def _say(store: JobStore, job_id: JobId, won: Claim, *seqs: int) -> None:
    for seq in seqs:
        await publish(store, job_id, ANN.id, won.attempt, seq, WORDS[seq])


async def _all(store: JobStore, fanout: Fanout, job_id: JobId, after: int = -1) -> list[Followed]:
    job = await view(store, job_id)
    followed = [each async for each in follow(store, fanout, job, EventId(after))]
    return [_plain(each) for each in followed if not isinstance(each, KeepAlive | QueuedEvent)]


def _plain(each: Followed) -> Followed:
    return plain([each])[0] if isinstance(each, StoredEvent) else each


@pytest.mark.parametrize("after", [len(WORDS) + 1, 10 * len(WORDS)])
async def test_a_client_ahead_of_an_ended_log_gets_an_error(
    job_store: JobStore, fanout: Fanout, after: int
) -> None:
    job_id, won = await claimed(job_store)
    await _say(job_store, job_id, won, *range(len(WORDS)))
    await complete(job_store, job_id, ANN.id, won.attempt)
    assert await _all(job_store, fanout, job_id, after) == [FORGOTTEN]


@pytest.mark.parametrize("after", range(-1, len(WORDS) + 1))
async def test_from_any_seq_comes_exactly_the_rest(
    job_store: JobStore, fanout: Fanout, after: int
) -> None:
    """Also after `done`, and also from the very end."""
    job_id, won = await claimed(job_store)
    await _say(job_store, job_id, won, *range(len(WORDS)))
    await complete(job_store, job_id, ANN.id, won.attempt)
    assert await _all(job_store, fanout, job_id, after) == EVENTS[after + 1 :]


@pytest.mark.parametrize("said_before", range(len(WORDS) + 1))
async def test_log_and_live_join_without_a_seam(
    job_store: JobStore, fanout: Fanout, said_before: int
) -> None:
    """A reader that comes after any number of tokens gets each exactly once."""
    job_id, won = await claimed(job_store)
    await _say(job_store, job_id, won, *range(said_before))
    reading = asyncio.create_task(_all(job_store, fanout, job_id))
    await _say(job_store, job_id, won, *range(said_before, len(WORDS)))
    await complete(job_store, job_id, ANN.id, won.attempt)
    assert await reading == EVENTS


async def test_a_message_that_was_lost_on_the_way_is_read_from_the_log(
    job_store: JobStore, fanout: Fanout, redis: Redis
) -> None:
    """A later seq is never spliced on: the log fills the gap."""
    job_id, won = await claimed(job_store)
    job = await view(job_store, job_id)
    async with aclosing(follow(job_store, fanout, job, FROM_THE_START)) as following:
        reading = asyncio.create_task(anext(following))
        await redis.publish(keys.channel(job_id), '{"type":"token","seq":5,"value":"ahead"}')
        await _say(job_store, job_id, won, 0)
        while isinstance(first := await reading, KeepAlive):
            reading = asyncio.create_task(anext(following))
    assert _plain(first) == EVENTS[0]


async def test_more_than_a_listener_holds_is_read_from_the_log(
    job_store: JobStore, fanout: Fanout
) -> None:
    """A reader that is slower than the producer loses nothing."""
    job_id, won = await claimed(job_store)
    job = await view(job_store, job_id)
    count = LISTENER_CAPACITY * 2
    async with aclosing(follow(job_store, fanout, job, FROM_THE_START)) as following:
        await publish(job_store, job_id, ANN.id, won.attempt, 0, "x")
        assert _plain(await anext(following)) == TokenEvent(0, "x")
        for seq in range(1, count):
            await publish(job_store, job_id, ANN.id, won.attempt, seq, "x")
        await complete(job_store, job_id, ANN.id, won.attempt)
        rest = [each async for each in following if not isinstance(each, KeepAlive)]
    assert [each.seq for each in rest if isinstance(each, StoredEvent)] == list(range(1, count + 1))


async def test_while_it_waits_the_position_is_told(job_store: JobStore, fanout: Fanout) -> None:
    """The number of jobs before it; a claim then goes on with tokens."""
    first, second = await enqueued(job_store), await enqueued(job_store)
    job = await view(job_store, second)
    async with aclosing(follow(job_store, fanout, job, FROM_THE_START)) as following:
        assert await anext(following) == QueuedEvent(position=1)
        await must_claim(job_store, first, ANN)
        await job_store.redis.rpop(keys.queue(job.tier))
        while isinstance(event := await anext(following), KeepAlive):
            pass
        assert event == QueuedEvent(position=0)


@pytest.mark.parametrize("said", [0, 1])
async def test_a_job_that_waits_again_is_told_again(
    job_store: JobStore, fanout: Fanout, said: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine went away: the reader learns that another one is waited for."""
    for name in ("KEEP_ALIVE_S", "QUEUED_LOOK_S"):
        monkeypatch.setattr(f"ashao.stream.resume.{name}", 0.05)
    job_id = await enqueued(job_store)
    job = await view(job_store, job_id)
    async with aclosing(follow(job_store, fanout, job, FROM_THE_START)) as following:
        assert await anext(following) == QueuedEvent(position=0)
        await job_store.redis.rpop(keys.queue(job.tier))
        won = await must_claim(job_store, job_id, ANN)
        await _say(job_store, job_id, won, *range(said))
        assert [await _next(following) for _ in range(said)] == EVENTS[:said]
        for _ in range(2):  # so that it surely looked while the job was running
            assert isinstance(await anext(following), KeepAlive)
        await release(job_store, job_id, ANN.id)
        assert await _next(following) == QueuedEvent(position=0)


async def _next(following: AsyncGenerator[Followed]) -> Followed:
    while isinstance(event := await anext(following), KeepAlive):
        pass
    return _plain(event)


async def test_a_cancelled_job_ends_in_an_error_event(job_store: JobStore, fanout: Fanout) -> None:
    """What was said is still read first."""
    job_id, won = await claimed(job_store)
    await _say(job_store, job_id, won, 0)
    await cancel(job_store, job_id)
    assert await _all(job_store, fanout, job_id) == [EVENTS[0], ErrorEvent(1, "cancelled")]


async def test_a_job_that_vanishes_ends_in_an_error_without_an_id(
    job_store: JobStore, fanout: Fanout, redis: Redis
) -> None:
    """There is nothing to resume from, and the reader is not left waiting."""
    job_id, _ = await claimed(job_store)
    job = await view(job_store, job_id)
    await redis.delete(keys.job(job_id), keys.messages(job_id), keys.log(job_id))
    assert [each async for each in follow(job_store, fanout, job, FROM_THE_START)] == [VANISHED]


async def test_a_client_ahead_of_the_log_gets_an_error_and_never_a_splice(
    job_store: JobStore, fanout: Fanout
) -> None:
    """A store that lost its last second must not make an answer of two halves."""
    job_id, won = await claimed(job_store)
    await _say(job_store, job_id, won, 0)
    job = await view(job_store, job_id)
    assert [each async for each in follow(job_store, fanout, job, EventId(7))] == [FORGOTTEN]
