"""Nobody fills the queue alone: so many answers at a time for each owner, across processes."""

import asyncio

import pytest
from sqlalchemy.exc import SQLAlchemyError

from ashao.chat.quota import ENTERS_WITHIN_S, MAX_CONCURRENT, JobQuota
from ashao.errors import Conflict, StoreUnavailable, TooMany
from ashao.identity.owners import OwnerId
from ashao.store import keys
from ashao.store.redis import Redis
from ashao.store.secrets import digest

LIMIT = MAX_CONCURRENT + 2


@pytest.fixture
def in_flight(redis: Redis) -> JobQuota:
    """A small limit."""
    return JobQuota(redis, LIMIT)


async def _enter(in_flight: JobQuota, owner: str, job_id: str) -> bool:
    async with in_flight.admit(OwnerId(owner), job_id) as place:
        await place.confirm()
        return place.is_one_of_many


async def test_over_the_limit_is_told_when_to_come_back(in_flight: JobQuota) -> None:
    for number in range(LIMIT):
        await _enter(in_flight, "ann", f"job-{number}")
    with pytest.raises(TooMany) as refused:
        await _enter(in_flight, "ann", "one-more")
    assert refused.value.retry_after_s > 0
    await in_flight.release(OwnerId("ann"), "job-0")
    await _enter(in_flight, "ann", "one-more")


async def test_one_owners_jobs_do_not_count_for_another(in_flight: JobQuota) -> None:
    for number in range(LIMIT):
        await _enter(in_flight, "ann", f"job-{number}")
    assert not await _enter(in_flight, "bob", "his")


async def test_the_first_few_need_no_patience_and_the_rest_does(in_flight: JobQuota) -> None:
    patience = [await _enter(in_flight, "ann", f"job-{number}") for number in range(LIMIT)]
    assert patience == [False] * MAX_CONCURRENT + [True] * (LIMIT - MAX_CONCURRENT)


async def test_the_same_job_again_counts_once(in_flight: JobQuota) -> None:
    for _ in range(3 * LIMIT):
        assert not await _enter(in_flight, "ann", "job")


@pytest.mark.parametrize(
    "failure", [Conflict("no"), SQLAlchemyError(), StoreUnavailable(), asyncio.CancelledError()]
)
async def test_what_fails_on_the_way_was_never_in_flight(
    in_flight: JobQuota, failure: BaseException
) -> None:
    """Refused, or broken by a database, a store or a caller that is gone."""
    for number in range(2 * LIMIT):
        with pytest.raises(type(failure)):
            async with in_flight.admit(OwnerId("ann"), f"job-{number}"):
                raise failure
    assert not await _enter(in_flight, "ann", "job")


async def test_a_sender_that_dies_on_the_way_does_not_lock_its_owner_out(
    in_flight: JobQuota, redis: Redis
) -> None:
    """What it never queued is forgotten soon; what it queued stays until it is settled."""
    await _enter(in_flight, "ann", "queued")
    dying = [in_flight.admit(OwnerId("ann"), f"lost-{number}") for number in range(LIMIT - 1)]
    for each in dying:
        await each.__aenter__()
    with pytest.raises(TooMany):
        await _enter(in_flight, "ann", "one-more")
    name = keys.in_flight(digest("ann"))
    for job_id in await redis.zrange(name, 0, -1):
        await redis.zincrby(name, -ENTERS_WITHIN_S, str(job_id))
    await _enter(in_flight, "ann", "one-more")
    assert sorted(await redis.zrange(name, 0, -1)) == ["one-more", "queued"]


async def test_a_repeat_that_fails_leaves_the_first_ones_job_in_flight(
    in_flight: JobQuota,
) -> None:
    await _enter(in_flight, "ann", "job")
    with pytest.raises(Conflict):
        async with in_flight.admit(OwnerId("ann"), "job"):
            raise Conflict("no")
    assert await in_flight.jobs_of(OwnerId("ann")) == ["job"]
