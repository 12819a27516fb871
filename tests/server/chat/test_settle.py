"""An ended job is settled however often its settler dies, and then its owner may ask again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ashao.chat import settle as settling
from ashao.chat.settle import Settle
from ashao.errors import StoreUnavailable
from ashao.jobs.finish import complete
from ashao.jobs.scripts import JobStore
from ashao.people.conversations import Conversations
from ashao.people.ledger import Ledger
from ashao.store.earners import Earners
from ashao.store.in_flight import InFlight
from ashao.store.redis import Redis
from ashao.store.totals import Totals
from tests.support.databases import opened
from tests.support.jobs import ANN, claimed, new_job, view


@pytest.fixture
def in_flight(redis: Redis) -> InFlight:
    """One answer at a time."""
    return InFlight(redis, 1)


@pytest.fixture
async def settle(
    tmp_path: Path, job_store: JobStore, redis: Redis, in_flight: InFlight
) -> AsyncIterator[Settle]:
    """The settling of ended jobs."""
    async with opened(tmp_path) as database:
        yield Settle(
            job_store,
            Conversations(database),
            Ledger(database),
            Earners(redis),
            Totals(redis),
            in_flight,
        )


async def test_a_settler_that_dies_before_the_end_leaves_no_job_in_flight(
    job_store: JobStore,
    settle: Settle,
    in_flight: InFlight,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once a job is marked as settled nobody looks at it again: all else is done by then."""
    job = new_job()
    async with in_flight.entering(job.user_id, job.id):
        _, won = await claimed(job_store, job)
    await complete(job_store, job.id, ANN.id, won.attempt)
    with monkeypatch.context() as patch:
        patch.setattr(settling, "mark_settled", _dies)
        await settle.settle(job.id)
    async with in_flight.entering(job.user_id, "another"):
        pass
    await settle.settle(job.id)
    assert (await view(job_store, job.id)).settled_at is not None


async def _dies(*_: object) -> bool:
    raise StoreUnavailable
