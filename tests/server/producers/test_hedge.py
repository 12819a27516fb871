"""A late worker and a provider beside it: whoever speaks first has the job, and only that one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ashao.clock import SystemClock
from ashao.errors import JobEnded, StaleAttempt
from ashao.jobs.claim import claim
from ashao.jobs.event import TokenEvent
from ashao.jobs.finish import cancel, complete
from ashao.jobs.job import Claim, JobId, Producer, ProducerId, Status
from ashao.jobs.publish import publish
from ashao.jobs.read import read_log
from ashao.jobs.store import JobStore
from ashao.producers.fallback import Fallback
from ashao.producers.hedge import Hedge, Limits
from ashao.providers.circuit_breaker import FAILURE_THRESHOLD
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.registry import Providers
from ashao.store.redis import Redis
from ashao.stream.fanout import Fanout
from tests.support.jobs import ANN, claimed, needing, view
from tests.support.scripted_provider import ScriptedProvider
from tests.support.wait import wait_until

LARGE = Producer(ProducerId("worker-large"), model="large")
SOON = Limits(0.02, 1.0)
WORDS = ("The ", "cloud ", "says.")


class Beside:
    """A hedge with one provider."""

    def __init__(self, store: JobStore, fanout: Fanout, limits: Limits = SOON) -> None:
        self.store = store
        self.provider = ScriptedProvider(*WORDS)
        self.providers = Providers([self.provider], SystemClock())
        self.fallback = Fallback(store, self.providers)
        self.hedge = Hedge(store, fanout, self.providers, self.fallback, limits)

    def fails_once(self) -> None:
        """One failure of the provider, somewhere else."""
        with pytest.raises(ProviderError), self.providers.tracking(self.provider):
            raise ProviderError(Failure.UNAVAILABLE)

    @property
    def is_left_alone(self) -> bool:
        """Whether the provider failed too often to be asked now."""
        return self.providers.candidates() == []

    async def has_begun(self) -> None:
        """The provider was asked."""
        await wait_until(lambda: self.provider.open_requests == 1, "the provider to begin")

    async def has_stopped(self) -> None:
        """The provider's request is closed."""
        await wait_until(lambda: self.provider.open_requests == 0, "the provider to be let go")

    async def text(self, job_id: JobId) -> str:
        """What readers see."""
        events = (await read_log(self.store, job_id)).events
        return "".join(each.value for each in events if isinstance(each, TokenEvent))

    async def is_done(self, job_id: JobId) -> None:
        """The job came to its end."""

        async def done() -> bool:
            return (await view(self.store, job_id)).status is Status.DONE

        await wait_until(done, "the end of the job")


def _is_over() -> bool:
    """No claim is watched any more, nor overtaken."""
    return not any(task.get_name().startswith("hedge-") for task in asyncio.all_tasks())


@pytest.fixture
async def fanout(blocking_redis: Redis) -> AsyncIterator[Fanout]:
    """The shared subscriber."""
    async with Fanout(blocking_redis) as opened:
        yield opened


@pytest.fixture
async def beside(job_store: JobStore, fanout: Fanout) -> AsyncIterator[Beside]:
    """A hedge that begins soon."""
    opened = Beside(job_store, fanout)
    yield opened
    await opened.hedge.stop()
    await opened.fallback.stop()


async def _held(beside: Beside) -> tuple[JobId, Claim]:
    """A job that Ann's worker claimed, watched."""
    job_id, held = await claimed(beside.store)
    beside.hedge.watch(held)
    return job_id, held


async def test_a_provider_that_speaks_first_has_the_job_and_the_worker_is_refused(
    beside: Beside,
) -> None:
    job_id, held = await _held(beside)
    await beside.has_begun()
    beside.provider.may_speak.set()
    await beside.is_done(job_id)
    assert await beside.text(job_id) == "".join(WORDS)
    with pytest.raises((StaleAttempt, JobEnded)):
        await publish(beside.store, job_id, ANN.id, held.attempt, 0, "late")
    contributions = (await view(beside.store, job_id)).contributions
    assert [(each.kind, each.tokens > 0) for each in contributions] == [
        ("worker", False),
        ("provider", True),
    ]


async def test_a_worker_that_speaks_first_keeps_the_job_and_the_provider_is_let_go(
    beside: Beside,
) -> None:
    job_id, held = await _held(beside)
    await beside.has_begun()
    await publish(beside.store, job_id, ANN.id, held.attempt, 0, "The worker says.")
    await beside.has_stopped()
    beside.provider.may_speak.set()
    await complete(beside.store, job_id, ANN.id, held.attempt)
    assert await beside.text(job_id) == "The worker says."


@pytest.mark.parametrize("moment", range(12))
async def test_when_both_speak_at_once_one_voice_is_heard(beside: Beside, moment: int) -> None:
    job_id, held = await _held(beside)
    await beside.has_begun()
    beside.provider.may_speak.set()
    for _ in range(moment):
        await asyncio.sleep(0.0003)
    try:
        await publish(beside.store, job_id, ANN.id, held.attempt, 0, "The worker says.")
        await complete(beside.store, job_id, ANN.id, held.attempt)
    except (StaleAttempt, JobEnded):
        await beside.is_done(job_id)
    assert await beside.text(job_id) in ("The worker says.", "".join(WORDS))
    await beside.has_stopped()


async def test_a_worker_that_spoke_in_time_is_not_hedged(beside: Beside) -> None:
    job_id, held = await _held(beside)
    await publish(beside.store, job_id, ANN.id, held.attempt, 0, "At once.")
    await wait_until(_is_over, "the watch to end")
    assert beside.provider.requests == 0


async def test_a_cancelled_job_lets_the_provider_go(beside: Beside) -> None:
    job_id, _ = await _held(beside)
    await beside.has_begun()
    await cancel(beside.store, job_id)
    await beside.has_stopped()


async def test_a_provider_that_fails_leaves_the_job_with_its_worker(beside: Beside) -> None:
    job_id, held = await _held(beside)
    beside.provider.pieces = ()
    beside.provider.failure = ProviderError(Failure.BAD_REQUEST)
    beside.provider.may_speak.set()
    await wait_until(_is_over, "the watch to end")
    assert beside.provider.requests == 1
    await publish(beside.store, job_id, ANN.id, held.attempt, 0, "Slow but sure.")
    assert await beside.text(job_id) == "Slow but sure."


async def test_a_provider_that_lost_the_race_has_shown_nothing_of_its_health(
    beside: Beside,
) -> None:
    for _ in range(FAILURE_THRESHOLD - 1):
        beside.fails_once()
    job_id, held = await _held(beside)
    await beside.has_begun()
    await publish(beside.store, job_id, ANN.id, held.attempt, 0, "The worker says.")
    await wait_until(_is_over, "the watch to end")
    assert not beside.is_left_alone
    beside.fails_once()
    assert beside.is_left_alone


async def test_a_provider_that_overtook_and_broke_off_has_failed(beside: Beside) -> None:
    beside.provider.failure = ProviderError(Failure.BROKEN_STREAM)
    beside.provider.may_speak.set()
    for _ in range(FAILURE_THRESHOLD):
        assert not beside.is_left_alone
        await _held(beside)
        await wait_until(_is_over, "the watch to end")
    assert beside.is_left_alone


async def test_a_job_that_names_another_model_is_not_hedged(beside: Beside) -> None:
    job_id, held = await claimed(beside.store, needing(model="large"), LARGE)
    beside.hedge.watch(held)
    await wait_until(_is_over, "the watch to end")
    assert beside.provider.requests == 0
    assert (await view(beside.store, job_id)).claimed_by == LARGE.id


async def test_no_more_than_the_share_is_hedged(job_store: JobStore, fanout: Fanout) -> None:
    beside = Beside(job_store, fanout, Limits(0.02, 0.25))
    beside.provider.may_speak.set()
    for _ in range(9):
        _, held = await claimed(job_store)
        beside.hedge.watch(held)
    await wait_until(_is_over, "the watches to end")
    assert beside.provider.requests == 3  # one for a start, and a quarter of nine


async def test_it_is_off_unless_asked_for(job_store: JobStore, fanout: Fanout) -> None:
    beside = Beside(job_store, fanout, Limits(0, 1))
    _, held = await claimed(job_store)
    beside.hedge.watch(held)
    assert _is_over()
    assert await claim(job_store, held.job_id, ANN) is None
