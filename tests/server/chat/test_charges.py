"""What was taken for a message that never became a job comes back, whenever its sender died."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ashao.chat.charges import Charges, nothing
from ashao.errors import Conflict, NotFound
from ashao.identity.owners import OwnerId
from ashao.jobs import deadlines, keys
from ashao.jobs.enqueue import announce, enqueue
from ashao.jobs.job import JobId, Tier
from ashao.jobs.store import JobStore
from ashao.jobs.sweep import Due
from ashao.ledger.ledger import Ledger
from ashao.store.database import Database
from tests.support.aging import age
from tests.support.databases import opened
from tests.support.jobs import new_job, sweep_job
from tests.support.ledgers import open_account

ANN = OwnerId("account:ann")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """One for each test."""
    async with opened(tmp_path) as database:
        yield database


@pytest.fixture
async def ledger(database: Database) -> Ledger:
    """Books in which Ann has 500 credits."""
    ledger = Ledger(database)
    await open_account(ledger, database, "ann")
    return ledger


@pytest.fixture
def charges(job_store: JobStore, database: Database, ledger: Ledger) -> Charges:
    """The till between the two."""
    return Charges(job_store, database, ledger)


async def test_a_sender_that_dies_between_charge_and_queue_is_found(
    job_store: JobStore, charges: Charges, ledger: Ledger
) -> None:
    """The sweeper knew of the id before anything was taken."""
    job = new_job()
    await announce(job_store, job.id)
    await ledger.charge(ANN, job.id, Tier.PRO)
    for _ in range(2):
        await age(job_store.redis, job.id, 61_000)
        due = await sweep_job(job_store, job.id)
    assert due == [Due(job.id, None, "missing")]
    await charges.refund(job.id)
    assert await ledger.balance(ANN) == 500
    assert await _deadline(job_store, job.id) == (None, None)


async def test_a_refusal_that_dies_before_the_refund_is_found_again(
    job_store: JobStore, charges: Charges, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = new_job()
    await announce(job_store, job.id)
    await ledger.charge(ANN, job.id, Tier.PRO)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="away"):
        patch.setattr(ledger, "refund", _away)
        await charges.refund(job.id)
    for _ in range(2):
        await age(job_store.redis, job.id, 61_000)
        due = await sweep_job(job_store, job.id)
    assert due == [Due(job.id, None, "missing")]
    await charges.refund(job.id)
    assert await ledger.balance(ANN) == 500


async def test_what_is_refused_on_the_way_costs_nothing(charges: Charges, ledger: Ledger) -> None:
    job = new_job()
    with pytest.raises(NotFound):
        async with charges.charged(ANN, job.id, Tier.PRO, nothing) as (charge, _):
            assert charge == 10
            raise NotFound("There is no such conversation.")
    assert await ledger.balance(ANN) == 500
    with pytest.raises(Conflict):
        async with charges.charged(ANN, job.id, Tier.PRO, nothing):
            pass


async def test_nothing_is_given_back_for_a_job_that_is_there(
    job_store: JobStore, charges: Charges, ledger: Ledger
) -> None:
    job = new_job()
    async with charges.charged(ANN, job.id, Tier.PRO, nothing):
        await enqueue(job_store, job)
    await charges.refund(job.id)
    assert await ledger.balance(ANN) == 490


async def _away(_: str) -> bool:
    raise OSError("away")


async def _deadline(store: JobStore, job_id: JobId) -> tuple[object, object]:
    shard = keys.deadlines(keys.shard_of(job_id))
    return (
        await store.redis.zscore(shard, job_id),
        await store.redis.zscore(shard, deadlines.MISSING + job_id),
    )
