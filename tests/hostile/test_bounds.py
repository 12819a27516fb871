"""What a worker can cost a question is bounded: waits, silence, pace and pieces."""

import pytest

from ashao.errors import JobEnded
from ashao.jobs.claim import claim
from ashao.jobs.codes import FailCode
from ashao.jobs.event import DoneEvent
from ashao.jobs.finish import complete, fail_attempt, release
from ashao.jobs.job import Producer, ProducerId, Status
from ashao.jobs.publish import publish, renew
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore, Rules
from tests.support.aging import age
from tests.support.jobs import (
    ANN,
    BOB,
    CLOUD,
    claimed,
    enqueued,
    must_claim,
    plain,
    sweep_job,
    view,
)

CAT = Producer(ProducerId("worker-cat"), voice="one house")
DOG = Producer(ProducerId("worker-dog"), voice="one house")


async def test_one_house_is_one_voice(job_store: JobStore) -> None:
    """However many workers it sends, they lose one attempt; then others come first."""
    job_id = await enqueued(job_store)
    for worker in (CAT, DOG):
        won = await must_claim(job_store, job_id, worker)
        await fail_attempt(job_store, job_id, worker.id, won.attempt, FailCode.ENGINE)
    assert (await view(job_store, job_id)).failures == 1
    assert await claim(job_store, job_id, CAT) is None
    assert await claim(job_store, job_id, ANN) is not None


async def test_a_house_that_is_alone_may_try_again_and_has_an_end(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    tries = 0
    while (won := await claim(job_store, job_id, CAT)) is not None:
        await fail_attempt(job_store, job_id, CAT.id, won.attempt, FailCode.ENGINE)
        await age(job_store.redis, job_id, 4_001)
        tries += 1
    assert 3 < tries <= 12
    assert await claim(job_store, job_id, CLOUD) is not None


async def test_claiming_and_letting_go_does_not_begin_the_waiting_anew(
    job_store: JobStore,
) -> None:
    """The grace window and the time in the queue are one budget, until a reader gets text."""
    job_id = await enqueued(job_store)
    await age(job_store.redis, job_id, 3_000)
    won = await must_claim(job_store, job_id, ANN)
    await release(job_store, job_id, ANN.id, won.attempt, counts=True)
    await age(job_store.redis, job_id, 1_001)
    assert await claim(job_store, job_id, CLOUD) is not None


async def test_text_gives_the_waiting_its_whole_time_again(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await age(job_store.redis, job_id, 3_000)
    won = await must_claim(job_store, job_id, ANN)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "text")
    await release(job_store, job_id, ANN.id, won.attempt, counts=True)
    await age(job_store.redis, job_id, 3_000)
    assert await claim(job_store, job_id, CLOUD) is None


async def test_letting_go_is_a_lost_attempt_unless_enough_was_given(job_store: JobStore) -> None:
    for said, failures in ((0, 1), (31, 1), (32, 0)):
        job_id, won = await claimed(job_store)
        if said:
            await publish(job_store, job_id, ANN.id, won.attempt, 0, "w" * said, tokens=said)
        await release(job_store, job_id, ANN.id, won.attempt, counts=True)
        assert (await view(job_store, job_id)).failures == failures
    job_id, won = await claimed(job_store)
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "slow")
    await age(job_store.redis, job_id, 30_001, "spokeAt")
    await release(job_store, job_id, ANN.id, won.attempt, counts=True)
    assert (await view(job_store, job_id)).failures == 0


async def test_silence_is_paid_from_one_budget_for_all_claims(job_store: JobStore) -> None:
    """300 s of thinking: then nobody who is silent gets the question, and a provider does."""
    job_id = await enqueued(job_store)
    claims = 0
    while (won := await claim(job_store, job_id, Producer(ProducerId(f"w{claims}")))) is not None:
        await age(job_store.redis, job_id, 29_000)
        await release(job_store, job_id, ProducerId(f"w{claims}"), won.attempt)
        claims += 1
    assert claims == 11
    assert await claim(job_store, job_id, CLOUD) is not None


@pytest.mark.parametrize(("pieces_per_lease", "is_held"), [(1, False), (15, True)])
async def test_an_answer_that_is_spun_out_loses_its_worker(
    job_store: JobStore, pieces_per_lease: int, is_held: bool
) -> None:
    """A letter just before each lease ends was enough for ever; a fair pace costs nothing."""
    job_id, won = await claimed(job_store)
    seq = 0
    for _ in range(90):  # leases: 20 minutes
        for _ in range(pieces_per_lease):
            await publish(job_store, job_id, ANN.id, won.attempt, seq, "a")
            seq += 1
        await age(job_store.redis, job_id, 14_000)
        await renew(job_store, ANN.id, [(job_id, won.attempt)])
        await sweep_job(job_store, job_id)
        if (await view(job_store, job_id)).status is not Status.RUNNING:
            break
    assert ((await view(job_store, job_id)).status is Status.RUNNING) == is_held
    if not is_held:
        assert seq <= 5
    else:  # its machine is lost in the twentieth minute, and another goes on
        await release(job_store, job_id, ANN.id, won.attempt)
        again = await must_claim(job_store, job_id, BOB)
        assert (again.next_seq, again.messages[-1].content) == (seq, "a" * seq)


async def test_an_answer_has_so_many_pieces_and_no_more(job_store: JobStore) -> None:
    few = JobStore(job_store.redis, Rules(max_pieces=3))
    job_id, won = await claimed(few)
    for seq in range(3):
        await publish(few, job_id, ANN.id, won.attempt, seq, "a")
    with pytest.raises(JobEnded):
        await publish(few, job_id, ANN.id, won.attempt, 3, "a")
    assert plain((await read_log(few, job_id)).events)[-1] == DoneEvent(3, 3, "length")


async def test_a_pace_far_below_its_builds_loses_its_worker(job_store: JobStore) -> None:
    """A token a second is fair by itself, and not where a build does ten in that time."""
    for slowest, is_held in ((None, True), (200, False)):
        worker = Producer(ProducerId(f"w{slowest}"), slowest_token_ms=slowest)
        job_id, won = await claimed(job_store, producer=worker)
        for seq in range(50):
            if (await view(job_store, job_id)).status is not Status.RUNNING:
                break
            await publish(job_store, job_id, worker.id, won.attempt, seq, "a")
            await age(job_store.redis, job_id, 1_000)
            await sweep_job(job_store, job_id)
        assert ((await view(job_store, job_id)).status is Status.RUNNING) == is_held


async def test_the_last_attempt_waits_for_a_proven_worker_for_a_while(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    strangers = [Producer(ProducerId(f"stranger-{n}"), is_proven=False) for n in range(4)]
    for worker in strangers[:2]:
        won = await must_claim(job_store, job_id, worker)
        await fail_attempt(job_store, job_id, worker.id, won.attempt, FailCode.ENGINE)
    assert await claim(job_store, job_id, strangers[2]) is None
    await age(job_store.redis, job_id, 150_001)
    won = await must_claim(job_store, job_id, strangers[2])
    await release(job_store, job_id, strangers[2].id, won.attempt, counts=False)
    assert await claim(job_store, job_id, strangers[3]) is None
    assert await claim(job_store, job_id, ANN) is not None


async def test_two_strangers_do_not_end_a_question_with_nothing(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    for name in ("one", "two"):
        worker = Producer(ProducerId(name), is_proven=False)
        won = await must_claim(job_store, job_id, worker)
        assert await complete(job_store, job_id, worker.id, won.attempt) == "empty"
    assert (await view(job_store, job_id)).status is Status.QUEUED


async def test_a_long_window_hides_no_silent_claim(job_store: JobStore) -> None:
    """The sweeper's next look at a queued job is within a lease: it may be claimed meanwhile."""
    patient = JobStore(job_store.redis, Rules(grace_ms=600_000))
    job_id = await enqueued(patient)
    await age(job_store.redis, job_id, 15_001)
    await sweep_job(patient, job_id)
    await must_claim(patient, job_id, ANN)
    await age(job_store.redis, job_id, 15_001)
    assert [each.lost_by for each in await sweep_job(patient, job_id)] == [ANN.id]
