"""Every way in which a claim or a job ends, and that a job ends once."""

import asyncio

import pytest

from ashao.errors import Fence, JobEnded, NoSuchJob, SeqGap, StaleAttempt
from ashao.jobs import keys
from ashao.jobs.claim import claim
from ashao.jobs.codes import SENTENCES, EndCode, FailCode
from ashao.jobs.event import DoneEvent, ErrorEvent, TokenEvent
from ashao.jobs.finish import cancel, complete, fail_attempt, give_up, release, revoke
from ashao.jobs.job import JobId, Status
from ashao.jobs.publish import publish
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore
from ashao.jobs.sweep import Due
from ashao.messages import Params
from tests.support.aging import age
from tests.support.jobs import (
    ANN,
    BOB,
    CLOUD,
    claimed,
    enqueued,
    must_claim,
    new_job,
    plain,
    queue,
    sweep_job,
    view,
)


async def test_a_completed_job_says_done_with_the_tokens_of_all_attempts(
    job_store: JobStore,
) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "one ", tokens=2)
    await release(job_store, job_id, ANN.id, won.attempt)
    again = await must_claim(job_store, job_id, BOB)
    await publish(job_store, job_id, BOB.id, again.attempt, 1, "two", tokens=3)
    await complete(job_store, job_id, BOB.id, again.attempt, seq=2, tokens=5)
    page = await read_log(job_store, job_id)
    assert plain(page.events) == [TokenEvent(0, "one "), TokenEvent(1, "two"), DoneEvent(2, 5)]
    assert page.ended
    job = await view(job_store, job_id)
    assert (job.status, job.claimed_by, job.next_seq) == (Status.DONE, BOB.id, 2)
    assert job.reported_tokens == 5


async def test_what_an_attempt_really_took_replaces_what_its_pieces_were_thought_to(
    job_store: JobStore,
) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "one, ", tokens=2)
    await release(job_store, job_id, ANN.id, won.attempt)
    won = await must_claim(job_store, job_id, BOB)
    await publish(job_store, job_id, BOB.id, won.attempt, 1, "two", tokens=1)
    await complete(job_store, job_id, BOB.id, won.attempt, attempt_tokens=5)
    job = await view(job_store, job_id)
    assert job.tokens == 7
    given = [(each.producer_id, each.tokens) for each in job.contributions]
    assert given == [(ANN.id, 2), (BOB.id, 5)]


async def test_completing_twice_is_acknowledged_once_it_is_done(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    replies = await asyncio.gather(
        *(complete(job_store, job_id, ANN.id, won.attempt) for _ in range(4))
    )
    assert sorted(replies) == ["ok", "repeat", "repeat", "repeat"]
    assert plain((await read_log(job_store, job_id)).events) == [
        TokenEvent(0, "text"),
        DoneEvent(1, 1),
    ]


async def test_complete_is_fenced(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    with pytest.raises(SeqGap):
        await complete(job_store, job_id, ANN.id, won.attempt, seq=1)
    with pytest.raises(StaleAttempt):
        await complete(job_store, job_id, ANN.id, won.attempt + 1)
    with pytest.raises(StaleAttempt):
        await complete(job_store, job_id, BOB.id, won.attempt)
    with pytest.raises(NoSuchJob):
        await complete(job_store, JobId("nothing"), ANN.id, 1)
    await cancel(job_store, job_id)
    with pytest.raises(JobEnded):
        await complete(job_store, job_id, ANN.id, won.attempt)


async def test_an_ended_job_keeps_no_text_but_its_log(job_store: JobStore) -> None:
    """`stop` sequences are the sender's words as well."""
    job = new_job(content="my secret", params=Params(stop=["my stop"]))
    job_id, won = await claimed(job_store, job)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    await complete(job_store, job_id, ANN.id, won.attempt)
    assert await job_store.redis.get(keys.messages(job_id)) is None
    fields = await job_store.redis.hgetall(keys.job(job_id))
    assert "my" not in str(fields)
    assert 0 < await job_store.redis.pttl(keys.log(job_id)) <= 900_000
    assert 0 < await job_store.redis.pttl(keys.job(job_id)) <= 86_400_000


async def test_cancel_ends_a_queued_job_and_takes_it_from_the_queue(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    assert await cancel(job_store, job_id)
    assert not await cancel(job_store, job_id)
    assert await queue(job_store) == []
    assert plain((await read_log(job_store, job_id)).events) == [ErrorEvent(0, "cancelled")]
    assert await claim(job_store, job_id, ANN) is None


async def test_cancel_keeps_what_was_said(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    assert await cancel(job_store, job_id)
    page = await read_log(job_store, job_id)
    assert plain(page.events) == [TokenEvent(0, "a"), ErrorEvent(1, "cancelled")]
    assert (await view(job_store, job_id)).error == EndCode.CANCELLED
    with pytest.raises(NoSuchJob):
        await cancel(job_store, JobId("nothing"))


async def test_a_job_ends_once_however_many_end_it(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    await asyncio.gather(
        complete(job_store, job_id, ANN.id, won.attempt),
        cancel(job_store, job_id),
        fail_attempt(job_store, job_id, ANN.id, won.attempt, FailCode.BAD_REQUEST),
        release(job_store, job_id, ANN.id, won.attempt),
        return_exceptions=True,
    )
    assert len(await job_store.redis.lrange(keys.log(job_id), 0, -1)) == 2


async def test_a_lost_job_goes_to_the_front(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await job_store.redis.delete(keys.queue(won.tier))
    waiting = await enqueued(job_store)
    assert await release(job_store, job_id, ANN.id) == "queued"
    assert await queue(job_store) == [job_id, waiting]


@pytest.mark.parametrize("lose", ["release", "fail"])
async def test_a_lost_claim_is_over_at_once(job_store: JobStore, lose: str) -> None:
    job_id, won = await claimed(job_store)
    if lose == "release":
        await release(job_store, job_id, ANN.id, won.attempt)
    else:
        await fail_attempt(job_store, job_id, ANN.id, won.attempt, FailCode.DEVICE_LOST)
    for end in (complete, release):
        with pytest.raises(Fence):
            await end(job_store, job_id, ANN.id, won.attempt)
    job = await view(job_store, job_id)
    assert (job.status, job.claimed_by) == (Status.QUEUED, None)
    assert job.failures == (lose == "fail")


@pytest.mark.parametrize("code", [FailCode.BAD_REQUEST, FailCode.REFUSED])
async def test_a_provider_says_that_a_request_is_at_fault_and_it_ends(
    job_store: JobStore, code: FailCode
) -> None:
    job_id, won = await claimed(job_store, new_job(no_worker=True), CLOUD)
    assert await fail_attempt(job_store, job_id, CLOUD.id, won.attempt, code) == "ended"
    message = SENTENCES[EndCode(code)]
    assert plain((await read_log(job_store, job_id)).events) == [ErrorEvent(0, message)]


async def test_a_context_too_long_goes_to_a_provider_at_once(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    outcome = await fail_attempt(job_store, job_id, ANN.id, won.attempt, FailCode.CONTEXT_TOO_LONG)
    assert outcome == "provider"
    assert await claim(job_store, job_id, BOB) is None
    assert not await give_up(job_store, job_id, [CLOUD.id])


async def test_a_context_too_long_can_be_claimed_by_a_provider(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await fail_attempt(job_store, job_id, ANN.id, won.attempt, FailCode.CONTEXT_TOO_LONG)
    assert await claim(job_store, job_id, CLOUD) is not None


async def test_an_answer_with_its_whole_budget_needs_nobody_to_go_on(job_store: JobStore) -> None:
    """Its producer died between the last token and `complete`."""
    job_id, won = await claimed(job_store, new_job(params=Params(max_tokens=2)))
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "ab", tokens=2)
    assert await release(job_store, job_id, ANN.id, won.attempt) == "ended"
    page = await read_log(job_store, job_id)
    assert plain(page.events) == [TokenEvent(0, "ab"), DoneEvent(1, 2, "length")]
    assert await queue(job_store) == [job_id]  # from its enqueue; claims drop it


async def test_a_silent_claim_can_be_revoked_for_a_provider(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await revoke(job_store, job_id, won.attempt)
    assert await claim(job_store, job_id, CLOUD) is not None
    with pytest.raises(StaleAttempt):
        await publish(job_store, job_id, ANN.id, won.attempt, 0, "late")


async def test_a_claim_that_has_spoken_is_not_revoked(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "a")
    with pytest.raises(StaleAttempt):
        await revoke(job_store, job_id, won.attempt)
    assert await publish(job_store, job_id, ANN.id, won.attempt, 1, "b") == "ok"


async def test_an_end_that_nobody_settles_is_found(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    await complete(job_store, job_id, ANN.id, won.attempt)
    await age(job_store.redis, job_id, 1)
    assert await sweep_job(job_store, job_id) == [Due(job_id, won.tier, "ended")]


def test_a_word_that_is_no_code_is_an_engine_failure() -> None:
    assert FailCode.of("device_lost") is FailCode.DEVICE_LOST
    assert FailCode.of("my prompt was: ...") is FailCode.ENGINE


def test_every_end_has_its_sentence() -> None:
    assert set(SENTENCES) == set(EndCode)
