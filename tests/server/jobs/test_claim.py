"""Who gets a job: exactly one, and only who may."""

import asyncio

import pytest
from msgspec import structs

from ashao.jobs.claim import claim, claim_or_reason
from ashao.jobs.codes import FailCode
from ashao.jobs.finish import fail_attempt, release
from ashao.jobs.job import Claim, JobId, Producer, ProducerId, Status
from ashao.jobs.publish import publish
from ashao.jobs.queue.requirements import Requirements
from ashao.jobs.store import JobStore, Rules
from ashao.messages import ABILITIES, Message, Params
from tests.support.aging import age
from tests.support.jobs import (
    ANN,
    BOB,
    CLOUD,
    SKY,
    claimed,
    enqueued,
    must_claim,
    needing,
    new_job,
    view,
)


async def test_of_many_claims_one_wins(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    workers = [Producer(ProducerId(f"worker-{number}")) for number in range(8)]
    won = await asyncio.gather(*(claim(job_store, job_id, worker) for worker in workers))
    winners = [worker.id for worker, claim_ in zip(workers, won, strict=True) if claim_]
    job = await view(job_store, job_id)
    assert [job.claimed_by] == winners
    assert (job.status, job.attempt) == (Status.RUNNING, 1)


async def test_a_claim_holds_all_that_a_producer_needs(job_store: JobStore) -> None:
    params = Params(temperature=0.5, top_p=0.9, max_tokens=20, stop=["\n"], seed=7)
    job_id, won = await claimed(job_store, new_job(content="Hi!", params=params))
    assert won.messages == [Message("user", "Hi!")]
    assert won.params == params
    assert (won.job_id, won.model, won.attempt, won.next_seq) == (job_id, "auto", 1, 0)


async def test_a_later_attempt_gets_the_prefix_and_the_rest_of_the_budget(
    job_store: JobStore,
) -> None:
    job_id, won = await claimed(job_store, new_job(params=Params(max_tokens=10)))
    await publish(job_store, job_id, ANN.id, won.attempt, 0, "one, ", tokens=2)
    await publish(job_store, job_id, ANN.id, won.attempt, 1, "two", tokens=1)
    await release(job_store, job_id, ANN.id, won.attempt)
    again = await must_claim(job_store, job_id, BOB)
    assert again.messages == [Message("user", "Count to three."), Message("assistant", "one, two")]
    assert again.params.max_tokens == 7
    assert (again.attempt, again.next_seq) == (2, 2)


@pytest.mark.parametrize(
    ("model", "context_tokens", "is_fit"),
    [
        ("auto", 100, True),
        ("llama", 100, True),
        ("llama", 101, False),
        ("gemma", 100, False),
        ("gemma", 101, False),
    ],
)
async def test_only_a_worker_with_the_model_and_the_context_gets_a_job(
    job_store: JobStore, model: str, context_tokens: int, is_fit: bool
) -> None:
    """One that did not say how long its context is may try any of its model."""
    job_id = await enqueued(job_store, needing(model, context_tokens))
    worker = Producer(ANN.id, "worker", "llama", 100)
    won = await claim_or_reason(job_store, job_id, worker)
    assert isinstance(won, Claim) is is_fit
    if not is_fit:
        assert won == Requirements(model, context_tokens)
        right_model = Producer(BOB.id, "worker", model, None)
        assert await claim(job_store, job_id, right_model) is not None


async def test_only_a_worker_that_is_able_gets_a_job_with_a_json_schema(
    job_store: JobStore,
) -> None:
    params = Params(json_schema={"type": "object"})
    job_id = await enqueued(job_store, new_job(params=params))
    assert await claim_or_reason(job_store, job_id, ANN) == Requirements(abilities=ABILITIES)
    able = structs.replace(BOB, abilities=ABILITIES)
    assert (await must_claim(job_store, job_id, able)).params == params


async def test_a_job_that_does_not_exist_is_nobodys(job_store: JobStore) -> None:
    assert await claim(job_store, JobId("nothing"), ANN) is None


async def test_a_provider_waits_for_the_grace_window(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    assert await claim(job_store, job_id, CLOUD) is None
    await age(job_store.redis, job_id, 3_000)
    assert await claim(job_store, job_id, CLOUD) is None
    await age(job_store.redis, job_id, 1_001)
    assert await claim(job_store, job_id, CLOUD) is not None


async def test_a_worker_may_still_come_after_the_grace_window(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await age(job_store.redis, job_id, 5_000)
    assert await claim(job_store, job_id, ANN) is not None


async def test_after_a_lost_worker_there_is_a_new_grace_window(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store)
    await age(job_store.redis, job_id, 9_000)
    await release(job_store, job_id, ANN.id, won.attempt)
    assert await claim(job_store, job_id, CLOUD) is None


async def test_a_provider_that_hands_over_leaves_no_pause(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    await age(job_store.redis, job_id, 5_000)
    won = await must_claim(job_store, job_id, CLOUD)
    assert await release(job_store, job_id, CLOUD.id, won.attempt) == "provider"
    assert await claim(job_store, job_id, CLOUD) is not None


async def test_a_provider_that_fails_pauses_for_a_grace_window(job_store: JobStore) -> None:
    job_id, won = await claimed(job_store, new_job(no_worker=True), CLOUD)
    await fail_attempt(job_store, job_id, CLOUD.id, won.attempt, FailCode.UNAVAILABLE)
    assert await claim(job_store, job_id, CLOUD) is None
    await age(job_store.redis, job_id, 4_001)
    assert await claim(job_store, job_id, CLOUD) is not None


@pytest.mark.parametrize("next_one", [SKY, BOB])
async def test_the_others_need_not_wait_for_a_provider_that_failed(
    job_store: JobStore, next_one: Producer
) -> None:
    job_id = await enqueued(job_store)
    await age(job_store.redis, job_id, 4_001)
    won = await must_claim(job_store, job_id, CLOUD)
    await publish(job_store, job_id, CLOUD.id, won.attempt, 0, "One")
    code = FailCode.ENGINE
    assert await fail_attempt(job_store, job_id, CLOUD.id, won.attempt, code) == "provider"
    again = await must_claim(job_store, job_id, next_one)
    assert again.messages[-1] == Message("assistant", "One")


@pytest.fixture
def rules() -> Rules:
    """Two attempts."""
    return Rules(max_attempts=2)


async def test_after_the_last_attempt_each_provider_tries_once(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    for worker in (ANN, BOB):
        won = await must_claim(job_store, job_id, worker)
        await fail_attempt(job_store, job_id, worker.id, won.attempt, FailCode.ENGINE)
    assert await claim(job_store, job_id, ANN) is None
    for provider in (CLOUD, SKY):
        won = await must_claim(job_store, job_id, provider)
        outcome = await fail_attempt(
            job_store, job_id, provider.id, won.attempt, FailCode.UNAVAILABLE
        )
        assert outcome == "provider"
        assert await claim(job_store, job_id, provider) is None
    assert (await view(job_store, job_id)).tried == ("cloud", "sky")


async def test_releases_do_not_count(job_store: JobStore) -> None:
    job_id = await enqueued(job_store)
    for attempt in range(1, 6):
        won = await must_claim(job_store, job_id, ANN)
        assert won.attempt == attempt
        await release(job_store, job_id, ANN.id, won.attempt)
    assert (await view(job_store, job_id)).failures == 0
