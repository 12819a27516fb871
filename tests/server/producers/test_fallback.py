"""Providers take turns: one that fails hands over at once, and none is made to try for nothing."""

import pytest
from structlog.testing import capture_logs

from ashao.jobs.codes import EndCode, FailCode
from ashao.jobs.event import DoneEvent
from ashao.jobs.finish import cancel, fail_attempt
from ashao.jobs.job import JobId, Producer, ProducerId, Status
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore
from ashao.messages import Params
from ashao.providers.answer import AnswerEnd, Usage
from ashao.providers.failures import Failure, ProviderError
from tests.support.aging import age
from tests.support.jobs import ANN, BOB, enqueued, must_claim, new_job, plain
from tests.support.provider_house import BROKEN, BUSY, Build, text_of
from tests.support.scripted_provider import ScriptedProvider, ready
from tests.support.wait import wait_until

WORDS = ("Some ", "words.")
SECRET = "the words of somebody"


class Defective:
    """A step of ours that does not work."""

    def feed(self, text: str) -> str:
        """Fail."""
        raise ValueError(SECRET)

    def end(self) -> str:
        """Fail."""
        raise ValueError(SECRET)


async def _three_workers_fail(store: JobStore) -> JobId:
    job_id = await enqueued(store)
    for worker in (ANN, BOB, Producer(ProducerId("worker-cat"))):
        won = await must_claim(store, job_id, worker)
        await fail_attempt(store, job_id, worker.id, won.attempt, FailCode.ENGINE)
    return job_id


async def test_an_error_before_the_first_token_goes_to_the_next_provider_at_once(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    first, second = ready(name="first", failure=BUSY), ready(*WORDS, name="second")
    job = await house(first, second).takes(unheld)
    assert (job.status, job.claimed_by, job.tried) == (Status.DONE, "second", ("first",))
    assert (first.requests, second.requests) == (1, 1)
    assert await text_of(job_store, unheld) == "".join(WORDS)


async def test_an_answer_that_breaks_off_is_continued_by_the_next_provider_at_once(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    first, second = ready("One, ", name="first", failure=BROKEN), ready("two.", name="second")
    job = await house(first, second).takes(unheld)
    assert (job.status, second.asked) == (Status.DONE, ["One, "])
    assert await text_of(job_store, unheld) == "One, two."


async def test_no_provider_is_asked_to_go_on_with_json(house: Build, job_store: JobStore) -> None:
    params = Params(json_schema={"type": "object"})
    new = await enqueued(job_store, new_job(params=params, no_worker=True))
    first, second = ready('{"a', name="first", failure=BROKEN), ready(*WORDS, name="second")
    providers = house(first, second)
    assert (await providers.takes(new)).status is Status.QUEUED
    assert (await providers.takes(new)).status is Status.FAILED  # no worker can come
    assert (first.requests, second.requests) == (1, 0)


async def test_a_defect_is_a_failure_like_any_other_and_nothing_is_told_of_its_words(
    house: Build, unheld: JobId
) -> None:
    first = ready("One, ", name="first", overlap=Defective())
    with capture_logs() as logged:
        job = await house(first, ready("two.", name="second")).takes(unheld)
    assert (job.status, job.tried) == (Status.DONE, ("first",))
    assert [each["cause"] for each in logged] == ["ValueError"]
    assert SECRET not in str(logged)


async def test_a_request_at_fault_is_not_sent_to_the_next_provider(
    house: Build, unheld: JobId
) -> None:
    first = ready(name="first", failure=ProviderError(Failure.REFUSED))
    second = ready(*WORDS, name="second")
    job = await house(first, second).takes(unheld)
    assert (job.status, job.error, second.requests) == (Status.FAILED, EndCode.REFUSED, 0)


async def test_when_all_have_failed_they_pause_and_then_try_in_turn_until_the_last_attempt(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    first, second = ready(name="first", failure=BUSY), ready(name="second", failure=BUSY)
    open_house = house(first, second)
    for _ in range(2):
        job = await open_house.takes(unheld)
        assert (job.status, job.failures) == (Status.QUEUED, 2)
    await age(job_store.redis, unheld, 4_001)
    job = await open_house.takes(unheld)
    assert (job.status, job.error) == (Status.FAILED, EndCode.EXHAUSTED)
    assert (first.requests, second.requests) == (2, 1)


async def test_after_the_last_attempt_each_provider_tries_once(
    house: Build, job_store: JobStore
) -> None:
    job_id = await _three_workers_fail(job_store)
    first, second = ready(name="first", failure=BUSY), ready(name="second", failure=BUSY)
    job = await house(first, second).takes(job_id)
    assert (job.status, job.error) == (Status.FAILED, EndCode.EXHAUSTED)
    assert (first.requests, second.requests) == (1, 1)


@pytest.mark.parametrize("is_exhausted", [False, True])
async def test_a_provider_that_only_rests_here_is_waited_for(
    house: Build, unheld: JobId, job_store: JobStore, is_exhausted: bool
) -> None:
    """Each process has breakers of its own: another one may well serve."""
    job_id = await _three_workers_fail(job_store) if is_exhausted else unheld
    resting = house(ready(*WORDS))
    resting.suspensions()
    assert (await resting.takes(job_id)).status is Status.QUEUED
    assert (await house(ready(*WORDS)).takes(job_id)).status is Status.DONE


async def test_a_spent_budget_is_waited_for(house: Build, job_store: JobStore) -> None:
    open_house = house(ready(*WORDS), per_hour=1)
    jobs = [await enqueued(job_store, new_job(no_worker=True)) for _ in range(2)]
    states = [(await open_house.takes(job_id)).status for job_id in jobs]
    assert states == [Status.DONE, Status.QUEUED]


async def test_a_provider_that_was_not_asked_after_all_has_not_failed(
    house: Build, unheld: JobId
) -> None:
    """Its last request of the hour went to another job while the first provider was asked."""
    first, second = ScriptedProvider(name="first", failure=BUSY), ready(*WORDS, name="second")
    open_house = house(first, second, per_hour=1)
    open_house.fallback.take(unheld)
    await wait_until(lambda: first.open_requests == 1, "the first provider to be asked")
    with open_house.providers.tracking(second):
        first.may_speak.set()
    job = await open_house.takes(unheld)
    assert (job.status, job.attempt, job.failures) == (Status.QUEUED, 2, 1)
    assert (job.tried, second.requests) == (("first",), 0)


async def test_a_piece_longer_than_an_event_is_told_in_several(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    long = "é🙂" * 40_000
    job = await house(ready("Now: ", long)).takes(unheld)
    assert job.status is Status.DONE
    assert await text_of(job_store, unheld) == f"Now: {long}"


async def test_the_providers_own_count_replaces_the_estimate(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    """Of this attempt: what others wrote before stays as it was counted."""
    first = ready("Eight letters. ", name="first", failure=BROKEN)
    second = ready("It is over.", Usage(7, 90, 79), AnswerEnd("length"), name="second")
    job = await house(first, second).takes(unheld)
    assert [share.tokens for share in job.contributions] == [3, 11]
    assert plain((await read_log(job_store, unheld)).events)[-1] == DoneEvent(2, 14, "length")


async def test_without_the_providers_count_it_is_an_estimate(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    await house(ready("Twelve chars", Usage(7, 0))).takes(unheld)
    assert plain((await read_log(job_store, unheld)).events)[-1] == DoneEvent(1, 3)


async def test_a_cancelled_job_lets_a_silent_provider_go_within_a_second(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    silent = ScriptedProvider(*WORDS)
    house(silent).fallback.take(unheld)
    await wait_until(lambda: silent.open_requests == 1, "the provider to be asked")
    await cancel(job_store, unheld)
    await wait_until(lambda: silent.open_requests == 0, "the provider to be let go", 1.5)


@pytest.mark.parametrize("failure", [Failure.BAD_REQUEST, Failure.CONTEXT_TOO_LONG])
async def test_what_one_provider_cannot_take_the_next_one_may(
    house: Build, job_store: JobStore, failure: Failure
) -> None:
    unable = [ready(name=each, failure=ProviderError(failure)) for each in "abc"]
    jobs = [await enqueued(job_store, new_job(no_worker=True)) for _ in range(2)]
    done = await house(unable[0], ready(*WORDS, name="able")).takes(jobs[0])
    lost = await house(*unable[1:]).takes(jobs[1])
    assert (done.status, lost.error) == ("done", failure)
    assert [each.requests for each in unable] == [1, 1, 1]
