"""An ended job is settled however often its settler dies, and then its owner may ask again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ashao.chat import settle as settling
from ashao.chat.quota import JobQuota
from ashao.chat.settle import Settlement
from ashao.chat.totals import Totals
from ashao.errors import StoreUnavailable
from ashao.identity.owners import OwnerId
from ashao.jobs.finish import complete
from ashao.jobs.publish import publish
from ashao.jobs.store import JobStore
from ashao.ledger.ledger import Ledger
from ashao.ledger.payees import Payees
from ashao.store.redis import Redis
from ashao.workers.suspension import Suspensions
from tests.support.databases import opened
from tests.support.jobs import ANN, claimed, new_job, view


@pytest.fixture
def in_flight(redis: Redis) -> JobQuota:
    """One answer at a time."""
    return JobQuota(redis, 1)


@pytest.fixture
async def settle(
    tmp_path: Path, job_store: JobStore, redis: Redis, in_flight: JobQuota
) -> AsyncIterator[Settlement]:
    """The settling of ended jobs."""
    async with opened(tmp_path) as database:
        yield Settlement(
            job_store,
            database,
            Ledger(database),
            Payees(redis),
            Totals(redis),
            in_flight,
            Suspensions(redis),
        )


async def test_a_settler_that_dies_before_the_end_leaves_no_job_in_flight(
    job_store: JobStore,
    settle: Settlement,
    in_flight: JobQuota,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once a job is marked as settled nobody looks at it again: all else is done by then."""
    job = new_job()
    async with in_flight.admit(OwnerId(job.user_id), job.id):
        _, won = await claimed(job_store, job)
    await publish(job_store, job.id, ANN.id, won.attempt, 0, "text")
    await complete(job_store, job.id, ANN.id, won.attempt)
    with monkeypatch.context() as patch:
        patch.setattr(settling, "mark_settled", _dies)
        await settle.settle(job.id)
    async with in_flight.admit(OwnerId(job.user_id), "another"):
        pass
    await settle.settle(job.id)
    assert (await view(job_store, job.id)).settled_at is not None


async def _dies(*_: object) -> bool:
    raise StoreUnavailable
