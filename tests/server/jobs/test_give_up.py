"""Out of attempts: providers try in turn, and a job ends when nobody is left to try."""

from ashao.jobs.claim import claim
from ashao.jobs.codes import SENTENCES, EndCode, FailCode
from ashao.jobs.event import ErrorEvent
from ashao.jobs.finish import fail_attempt, give_up
from ashao.jobs.job import Producer, ProducerId, Status
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore
from tests.support.aging import age
from tests.support.jobs import (
    ANN,
    BOB,
    CLOUD,
    SKY,
    claimed,
    enqueued,
    must_claim,
    new_job,
    plain,
    view,
)


async def test_failing_workers_hand_over_to_providers_and_then_it_fails(
    job_store: JobStore,
) -> None:
    job_id = await enqueued(job_store)
    outcomes: list[str] = []
    for worker in (ANN, BOB, Producer(ProducerId("worker-cat"))):
        won = await must_claim(job_store, job_id, worker)
        assert not await give_up(job_store, job_id, [CLOUD.id])
        outcomes.append(
            await fail_attempt(job_store, job_id, worker.id, won.attempt, FailCode.ENGINE)
        )
    assert outcomes == ["queued", "queued", "provider"]
    won = await must_claim(job_store, job_id, CLOUD)
    await fail_attempt(job_store, job_id, CLOUD.id, won.attempt, FailCode.UNAVAILABLE)
    assert not await give_up(job_store, job_id, [CLOUD.id, SKY.id])
    assert await give_up(job_store, job_id, [CLOUD.id])
    message = SENTENCES[EndCode.EXHAUSTED]
    assert plain((await read_log(job_store, job_id)).events) == [ErrorEvent(0, message)]


async def test_a_job_whose_last_failure_says_why_ends_with_that_reason(
    job_store: JobStore,
) -> None:
    job_id = await enqueued(job_store)
    await age(job_store.redis, job_id, 4_001)
    codes = (FailCode.UNAVAILABLE, FailCode.ENGINE, FailCode.CONTEXT_TOO_LONG)
    for producer, code in zip((CLOUD, ANN, BOB), codes, strict=True):
        won = await must_claim(job_store, job_id, producer)
        await fail_attempt(job_store, job_id, producer.id, won.attempt, code)
    assert await give_up(job_store, job_id, [CLOUD.id])
    message = SENTENCES[EndCode.CONTEXT_TOO_LONG]
    assert plain((await read_log(job_store, job_id)).events) == [ErrorEvent(0, message)]


async def test_a_job_that_workers_may_take_is_not_given_up(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    assert not await give_up(job_store, job_id, [])
    assert (await view(job_store, job_id)).status is Status.QUEUED


async def test_a_provider_that_pauses_is_not_given_up(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store, new_job(no_worker=True), CLOUD)
    await fail_attempt(job_store, job_id, CLOUD.id, won.attempt, FailCode.UNAVAILABLE)
    assert not await give_up(job_store, job_id, [CLOUD.id])
    await age(job_store.redis, job_id, 4_001)
    assert await claim(job_store, job_id, CLOUD) is not None


async def test_a_provider_that_failed_is_behind_those_that_failed_before_it(
    job_store: JobStore,
) -> None:
    job_id = await enqueued(job_store, new_job(no_worker=True))
    turns = []
    for provider in (CLOUD, SKY, CLOUD):
        await age(job_store.redis, job_id, 4_001)
        won = await must_claim(job_store, job_id, provider)
        await fail_attempt(job_store, job_id, provider.id, won.attempt, FailCode.UNAVAILABLE)
        turns.append((await view(job_store, job_id)).tried)
    assert turns == [("cloud",), ("cloud", "sky"), ("sky", "cloud")]
