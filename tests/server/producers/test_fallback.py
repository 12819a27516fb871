"""Providers take turns: one that fails hands over at once, and none is made to try for nothing."""

from collections.abc import AsyncIterator, Callable

import pytest

from ashao.clock import SystemClock
from ashao.jobs.endings import EndCode, FailCode
from ashao.jobs.events import TokenEvent
from ashao.jobs.finish import fail_attempt
from ashao.jobs.job import JobId, JobView, Status
from ashao.jobs.log import read_log
from ashao.jobs.scripts import JobStore
from ashao.producers.fallback import Fallback
from ashao.providers.breaker import LIMIT
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.provider import Provider
from ashao.providers.registry import Providers
from tests.support.aging import age
from tests.support.jobs import ANN, BOB, enqueued, must_claim, new_job, view
from tests.support.scripted_provider import ready
from tests.support.wait import wait_until

WORDS = ("Some ", "words.")
BUSY = ProviderError(Failure.UNAVAILABLE)
BROKEN = ProviderError(Failure.BROKEN_STREAM)


class House:
    """A process with these providers."""

    def __init__(self, store: JobStore, *providers: Provider, per_hour: int | None = None) -> None:
        self.store = store
        self.providers = Providers(providers, SystemClock(), per_hour)
        self.fallback = Fallback(store, self.providers)

    def rests(self) -> None:
        """Every provider here has failed too often to be asked now."""
        for provider in self.providers:
            for _ in range(LIMIT):
                with pytest.raises(ProviderError), self.providers.asking(provider):
                    raise BUSY

    async def takes(self, job_id: JobId) -> JobView:
        """Let them do what they can now; the job after that."""
        self.fallback.take(job_id)
        await wait_until(lambda: not self.fallback.is_writing, "the providers to be done")
        return await view(self.store, job_id)


type Build = Callable[..., House]


@pytest.fixture
async def house(job_store: JobStore) -> AsyncIterator[Build]:
    """Builds houses, and tears them down."""
    built: list[House] = []

    def build(*providers: Provider, per_hour: int | None = None) -> House:
        built.append(House(job_store, *providers, per_hour=per_hour))
        return built[-1]

    yield build
    for each in built:
        await each.fallback.stop()


@pytest.fixture
async def unheld(job_store: JobStore) -> JobId:
    """A job that no worker is waited for."""
    return await enqueued(job_store, new_job(no_worker=True))


async def _text(store: JobStore, job_id: JobId) -> str:
    events = (await read_log(store, job_id)).events
    return "".join(each.value for each in events if isinstance(each, TokenEvent))


async def _three_workers_fail(store: JobStore) -> JobId:
    job_id = await enqueued(store)
    for worker in (ANN, BOB, ANN):
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
    assert await _text(job_store, unheld) == "".join(WORDS)


async def test_an_answer_that_breaks_off_is_continued_by_the_next_provider_at_once(
    house: Build, unheld: JobId, job_store: JobStore
) -> None:
    first, second = ready("One, ", name="first", failure=BROKEN), ready("two.", name="second")
    job = await house(first, second).takes(unheld)
    assert (job.status, second.asked) == (Status.DONE, ["One, "])
    assert await _text(job_store, unheld) == "One, two."


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
    resting.rests()
    assert (await resting.takes(job_id)).status is Status.QUEUED
    assert (await house(ready(*WORDS)).takes(job_id)).status is Status.DONE


async def test_a_spent_budget_is_waited_for(house: Build, job_store: JobStore) -> None:
    open_house = house(ready(*WORDS), per_hour=1)
    jobs = [await enqueued(job_store, new_job(no_worker=True)) for _ in range(2)]
    states = [(await open_house.takes(job_id)).status for job_id in jobs]
    assert states == [Status.DONE, Status.QUEUED]


async def test_a_provider_that_was_not_asked_after_all_has_not_failed(
    house: Build, job_store: JobStore
) -> None:
    """Two jobs come at once, and the budget is for one."""
    open_house = house(ready(*WORDS), per_hour=1)
    jobs = [await enqueued(job_store, new_job(no_worker=True)) for _ in range(2)]
    for job_id in jobs:
        open_house.fallback.take(job_id)
    await wait_until(lambda: not open_house.fallback.is_writing, "the providers to be done")
    seen = [await view(job_store, job_id) for job_id in jobs]
    assert {each.status for each in seen} == {Status.DONE, Status.QUEUED}
    assert [(each.failures, each.tried) for each in seen] == [(0, ()), (0, ())]
