"""Open databases of both kinds, with and without people who keep something in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ashao.people.account_tables import Account
from ashao.people.conversations import Conversations
from ashao.people.ledger import Ledger
from ashao.people.prices import Prices
from ashao.store.database import Database
from tests.support.databases import KINDS, Cluster, opened
from tests.support.ledgers import ANN, BOB, CLEO, ManualClock, unbalanced


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An open database of each kind, with nothing in it."""
    if request.param == "sqlite":
        async with opened(tmp_path) as database:
            yield database
    else:
        async with _on(request.getfixturevalue("cluster"), tmp_path) as database:
            yield database


@asynccontextmanager
async def _on(cluster: Cluster, data_dir: Path) -> AsyncIterator[Database]:
    async with cluster.fresh() as url, opened(data_dir, url) as database:
        yield database


@pytest.fixture
async def conversations(database: Database) -> Conversations:
    """Ann has an account; nobody keeps anything yet."""
    async with database.session() as session, session.begin():
        session.add(Account(id=ANN.removeprefix("account:"), created_at=datetime.now(UTC)))
    return Conversations(database)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
async def ledger(database: Database, clock: ManualClock) -> AsyncIterator[Ledger]:
    """Three accounts have signed up; afterwards the books must add up."""
    ledger = Ledger(database, Prices(pool_hourly_cap=30), clock)
    for owner in (ANN, BOB, CLEO):
        assert await ledger.grant_sign_up(owner.removeprefix("account:"))
    yield ledger
    assert await unbalanced(database) == []
