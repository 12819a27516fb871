"""How long a place takes, from measured answers; nothing is said when nothing was measured."""

from ashao.jobs import keys
from ashao.jobs.job import JobId, Tier
from ashao.jobs.queue.eta import FEWEST, KEPT
from ashao.jobs.queue.places import Places, read_places
from ashao.jobs.store import JobStore
from ashao.store.redis import Redis
from tests.support.jobs import ANN, BOB, CLOUD
from tests.support.measured import answered

ANSWER_MS = 8_000


async def estimate_ms(store: JobStore, tier: Tier, position: int) -> int | None:
    """What a job at this place is told."""
    pace = (await read_places(store, tier)).ms_a_place
    place = Places({"a": position}, pace).of(JobId("a"))
    return place.eta_ms if place is not None else None


async def test_nothing_is_known_before_a_few_answers_were_measured(job_store: JobStore) -> None:
    for _ in range(FEWEST):
        assert await estimate_ms(job_store, Tier.PRO, 0) is None
        await answered(job_store, ANN, ANSWER_MS)
    assert await estimate_ms(job_store, Tier.PRO, 0) is not None
    assert await estimate_ms(job_store, Tier.MAX, 0) is None


async def test_a_place_takes_as_long_as_the_answers_before_it(job_store: JobStore) -> None:
    for _ in range(FEWEST):
        await answered(job_store, ANN, ANSWER_MS)
    first = await estimate_ms(job_store, Tier.PRO, 0)
    third = await estimate_ms(job_store, Tier.PRO, 2)
    assert first is not None
    assert third is not None
    assert ANSWER_MS <= first < ANSWER_MS + 2_000
    assert abs(third - 3 * first) <= 3


async def test_two_workers_take_half_as_long(job_store: JobStore) -> None:
    for producer in (ANN, BOB, ANN, BOB):
        await answered(job_store, producer, ANSWER_MS)
    estimate = await estimate_ms(job_store, Tier.PRO, 0)
    assert estimate is not None
    assert ANSWER_MS / 2 <= estimate < ANSWER_MS / 2 + 1_000


async def test_providers_answers_say_nothing_of_workers(job_store: JobStore) -> None:
    for _ in range(FEWEST):
        await answered(job_store, CLOUD, ANSWER_MS)
    assert await estimate_ms(job_store, Tier.PRO, 0) is None


async def test_only_the_last_answers_count_and_they_expire(
    job_store: JobStore, redis: Redis
) -> None:
    for _ in range(KEPT + 3):
        await answered(job_store, ANN, ANSWER_MS)
    assert await redis.llen(keys.durations(Tier.PRO)) == KEPT
    assert await redis.ttl(keys.durations(Tier.PRO)) > 0
