"""Reading back: every event after a seq, until the text is gone."""

import pytest

from ashao.errors import NoSuchJob
from ashao.jobs import keys
from ashao.jobs.event import DoneEvent, QueuedEvent, TokenEvent, decode, encode
from ashao.jobs.event_id import EventId
from ashao.jobs.finish import complete, release
from ashao.jobs.job import JobId, ProducerId, Status
from ashao.jobs.publish import publish
from ashao.jobs.read import ended_job, mark_settled, read_log
from ashao.jobs.store import JobStore
from tests.support.jobs import ANN, BOB, claimed, must_claim, plain, view
from tests.support.stores import plain_client


async def test_a_reader_gets_exactly_what_follows_its_seq(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    for seq, value in enumerate("abc"):
        await publish(job_store, job_id, ANN.id, won.attempt, seq, value)
    page = await read_log(job_store, job_id, EventId(0))
    assert plain(page.events) == [TokenEvent(1, "b"), TokenEvent(2, "c")]
    assert (page.status, page.next_seq, page.ended) == (Status.RUNNING, 3, False)
    await complete(job_store, job_id, ANN.id, won.attempt)
    assert plain((await read_log(job_store, job_id, EventId(2))).events) == [DoneEvent(3, 3)]
    last = await read_log(job_store, job_id, EventId(3))
    assert (last.events, last.ended) == ([], True)


async def test_a_text_that_expired_is_no_job_any_more(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    await complete(job_store, job_id, ANN.id, won.attempt)
    await job_store.redis.delete(keys.log(job_id))
    with pytest.raises(NoSuchJob):
        await read_log(job_store, job_id)
    ended = await ended_job(job_store, job_id)
    assert ended is not None
    assert ended.text is None
    with pytest.raises(NoSuchJob):
        await read_log(job_store, JobId("nothing"))


async def test_an_ended_job_tells_its_text_and_who_wrote_how_much(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    assert await ended_job(job_store, job_id) is None
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "one ", tokens=1)
    await release(job_store, job_id, ANN.id)
    again = await must_claim(job_store, job_id, ANN)
    await release(job_store, job_id, ANN.id, again.attempt)
    last = await must_claim(job_store, job_id, BOB)
    await publish(job_store, job_id, BOB.id, last.attempt, 1, "two", tokens=3)
    await complete(job_store, job_id, BOB.id, last.attempt)
    ended = await ended_job(job_store, job_id)
    assert ended is not None
    assert ended.text == "one two"
    assert [(share.producer_id, share.tokens) for share in ended.contributions] == [
        (ProducerId("worker-ann"), 1),
        (ProducerId("worker-bob"), 3),
    ]


async def test_the_short_time_to_live_starts_with_the_settlement(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    assert not await mark_settled(job_store, job_id)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    await complete(job_store, job_id, ANN.id, won.attempt)
    assert await job_store.redis.pttl(keys.log(job_id)) > 120_000
    assert await mark_settled(job_store, job_id)
    for name in (keys.log(job_id), keys.job(job_id)):
        assert 0 < await job_store.redis.pttl(name) <= 120_000
    assert await job_store.redis.zscore(keys.deadlines(keys.shard_of(job_id)), job_id) is None
    assert (await view(job_store, job_id)).settled_at is not None


async def test_settling_again_does_not_prolong_a_life(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    await complete(job_store, job_id, ANN.id, won.attempt)
    await mark_settled(job_store, job_id)
    await job_store.redis.pexpire(keys.log(job_id), 5_000)
    assert await mark_settled(job_store, job_id)
    assert await job_store.redis.pttl(keys.log(job_id)) <= 5_000


async def test_going_back_to_the_queue_is_hinted_but_not_kept(
    job_store: JobStore, store_url: str
) -> None:
    job_id, won = await claimed(job_store)
    with plain_client(store_url) as client, client.pubsub() as listener:
        listener.subscribe(keys.channel(job_id))
        assert listener.get_message(timeout=5) is not None
        await release(job_store, job_id, ANN.id, won.attempt)
        heard = listener.get_message(timeout=5)
    assert heard is not None
    assert decode(heard["data"]) == QueuedEvent()
    assert (await read_log(job_store, job_id)).events == []


def test_a_queued_event_may_name_its_position() -> None:
    assert decode(encode(QueuedEvent(0))) == QueuedEvent(0)
    assert encode(QueuedEvent(2)) == '{"type":"queued","position":2}'
