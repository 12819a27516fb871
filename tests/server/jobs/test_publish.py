"""The fence around every token: one producer, seq without gap or repeat, log and channel as one."""

import asyncio
import json

import pytest

from ashao.errors import (
    BadRequest,
    JobEnded,
    NoSuchJob,
    SeqConflict,
    SeqGap,
    StaleAttempt,
    TooLarge,
)
from ashao.jobs import keys
from ashao.jobs.event import DoneEvent, TokenEvent, decode
from ashao.jobs.finish import cancel, release
from ashao.jobs.job import JobId, ProducerId, Status, Tier
from ashao.jobs.publish import MAX_VALUE_BYTES, publish
from ashao.jobs.read import mark_settled, read_log
from ashao.jobs.store import JobStore, Rules
from ashao.jobs.sweep import Due
from ashao.messages import Params
from tests.support.aging import age
from tests.support.jobs import (
    ANN,
    BOB,
    claimed,
    enqueued,
    must_claim,
    new_job,
    plain,
    sweep_job,
    view,
)
from tests.support.stores import plain_client


@pytest.fixture
def rules() -> Rules:
    """Short answers."""
    return Rules(max_answer_bytes=100)


async def test_what_is_published_is_what_is_kept(job_store: JobStore, store_url: str) -> None:
    job_id, won = await claimed(job_store)
    with plain_client(store_url) as client, client.pubsub() as listener:
        listener.subscribe(keys.channel(job_id))
        assert listener.get_message(timeout=5) is not None
        await publish(job_store, job_id, ANN.id, won.attempt, 0, 'a "b"\n\x00 é 🙂')
        heard = listener.get_message(timeout=5)
        kept = client.lrange(keys.log(job_id), 0, -1)
    assert heard is not None
    assert kept == [heard["data"]]
    event = decode(heard["data"])
    assert isinstance(event, TokenEvent)
    assert (event.seq, event.value) == (0, 'a "b"\n\x00 é 🙂')
    assert json.loads(kept[0])["type"] == "token"


async def test_a_repeat_is_acknowledged_and_ignored(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    assert await publish(job_store, job_id, ANN.id, won.attempt, 0, "abc", tokens=3) == "ok"
    assert await publish(job_store, job_id, ANN.id, won.attempt, 0, "abc", tokens=3) == "repeat"
    assert plain((await read_log(job_store, job_id)).events) == [TokenEvent(0, "abc")]
    assert (await view(job_store, job_id)).tokens == 3


async def test_a_repeat_with_another_value_is_refused(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    for seq, value in enumerate("abc"):
        await publish(job_store, job_id, ANN.id, won.attempt, seq, value)
    assert await publish(job_store, job_id, ANN.id, won.attempt, 1, "b") == "repeat"
    with pytest.raises(SeqConflict) as refusal:
        await publish(job_store, job_id, ANN.id, won.attempt, 1, "c")
    assert refusal.value.expected == 3


async def test_an_earlier_attempts_seq_is_refused_even_with_its_value(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    await release(job_store, job_id, ANN.id, won.attempt)
    again = await must_claim(job_store, job_id, ANN)
    with pytest.raises(SeqConflict) as refusal:
        await publish(job_store, job_id, ANN.id, again.attempt, 0, "a")
    assert refusal.value.expected == 1


async def test_a_skipped_seq_is_refused(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    with pytest.raises(SeqGap) as refusal:
        await publish(job_store, job_id, ANN.id, won.attempt, 1, "b")
    assert refusal.value.expected == 0
    assert (await view(job_store, job_id)).next_seq == 0


async def test_a_stale_attempt_cannot_publish(job_store: JobStore) -> None:
    """A machine wakes from sleep: its claim lapsed and somebody else goes on."""
    job_id, stale = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, stale.attempt, 0, "a")
    await age(job_store.redis, job_id, 60_000)
    await sweep_job(job_store, job_id)
    with pytest.raises(StaleAttempt):
        await publish(job_store, job_id, ANN.id, stale.attempt, 1, "b")
    current = await must_claim(job_store, job_id, BOB)
    with pytest.raises(StaleAttempt) as refusal:
        await publish(job_store, job_id, ANN.id, stale.attempt, 1, "b")
    assert refusal.value.expected == 1
    assert await publish(job_store, job_id, BOB.id, current.attempt, 1, "b") == "ok"


async def test_the_attempt_alone_does_not_open_the_fence(job_store: JobStore) -> None:
    """After a store's rollback two claims may bear the same number."""
    job_id, won = await claimed(job_store)
    with pytest.raises(StaleAttempt):
        await publish(job_store, job_id, BOB.id, won.attempt, 0, "hijacked")


async def test_nothing_is_published_before_a_claim_or_after_the_end(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    with pytest.raises(StaleAttempt):
        await publish(job_store, job_id, ANN.id, 0, 0, "a")
    won = await must_claim(job_store, job_id, ANN)
    await cancel(job_store, job_id)
    with pytest.raises(JobEnded):
        await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    with pytest.raises(NoSuchJob):
        await publish(job_store, JobId("nothing"), ANN.id, 1, 0, "a")


async def test_of_two_racing_values_for_a_seq_one_is_taken(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    replies = await asyncio.gather(
        *(publish(job_store, job_id, ANN.id, won.attempt, 0, value) for value in "abcd"),
        return_exceptions=True,
    )
    assert replies.count("ok") == 1
    assert sum(isinstance(reply, SeqConflict) for reply in replies) == 3


async def test_tokens_are_counted_for_each_attempt(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a b", tokens=2)
    await release(job_store, job_id, ANN.id, won.attempt)
    again = await must_claim(job_store, job_id, BOB)
    await publish(job_store, job_id, BOB.id, again.attempt, 1, "c d e", tokens=3)
    job = await view(job_store, job_id)
    assert job.tokens == 5
    assert [(share.producer_id, share.tokens) for share in job.contributions] == [
        (ProducerId("worker-ann"), 2),
        (ProducerId("worker-bob"), 3),
    ]


async def test_no_more_tokens_count_than_a_reader_sees(job_store: JobStore) -> None:
    """Who lies about them neither earns for them nor uses the answer's budget up."""
    job_id, won = await claimed(job_store, new_job(params=Params(max_tokens=20)))
    await publish(job_store, job_id, ANN.id, won.attempt, 0, " ", tokens=16_000)
    assert await release(job_store, job_id, ANN.id, won.attempt) == "queued"
    again = await must_claim(job_store, job_id, BOB)
    await publish(job_store, job_id, BOB.id, again.attempt, 1, "é", tokens=2)
    assert [share.tokens for share in (await view(job_store, job_id)).contributions] == [0, 1]


async def test_a_runaway_answer_ends_at_its_greatest_length(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "é" * 50)
    with pytest.raises(JobEnded):
        await publish(job_store, job_id, ANN.id, won.attempt, 1, "!")
    page = await read_log(job_store, job_id)
    assert plain(page.events) == [TokenEvent(0, "é" * 50), DoneEvent(1, 1, "length")]
    assert page.status is Status.DONE


async def test_a_runaway_answer_is_settled_at_once(job_store: JobStore) -> None:
    """As every other end is; what comes after the settlement brings nobody back."""
    job_id, won = await claimed(job_store)
    with pytest.raises(JobEnded):
        await publish(job_store, job_id, ANN.id, won.attempt, 0, "a" * 101)
    assert await sweep_job(job_store, job_id) == [Due(job_id, Tier.PRO, "ended")]
    await mark_settled(job_store, job_id)
    with pytest.raises(JobEnded):
        await publish(job_store, job_id, ANN.id, won.attempt, 0, "late")
    assert await job_store.redis.zcard(keys.deadlines(keys.shard_of(job_id))) == 0


async def test_an_oversize_event_and_broken_unicode_are_refused(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    with pytest.raises(TooLarge):
        await publish(job_store, job_id, ANN.id, won.attempt, 0, "a" * (MAX_VALUE_BYTES + 1))
    with pytest.raises(BadRequest):
        await publish(job_store, job_id, ANN.id, won.attempt, 0, "\ud83d")
    assert (await view(job_store, job_id)).next_seq == 0
