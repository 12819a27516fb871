"""What several parts of the server are tested on."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ashao.history.conversations import Conversations
from ashao.identity.tables import Account
from ashao.ledger.ledger import Ledger
from ashao.ledger.prices import Prices
from ashao.store.database import Database
from tests.support.databases import KINDS, Cluster, opened, postgresql
from tests.support.ledgers import ANN, BOB, CLEO, ManualClock, open_account, unbalanced
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator, orchestrator

# No provider takes a job and no claim lapses while a test looks at it.
PATIENT = {
    "ASHAO_WORKER_GRACE_MS": "600000",
    "ASHAO_LEASE_MS": "60000",
    "ASHAO_SIGN_INS_PER_MINUTE": "100000",
}
NEWCOMERS = PATIENT | {"ASHAO_CREDITS_SIGN_UP": "25"}  # enough for two messages


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's PostgreSQL."""
    with postgresql() as running:
        yield running


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
        assert await open_account(ledger, database, owner.removeprefix("account:"))
    yield ledger
    assert await unbalanced(database) == []


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server where newcomers get enough for two messages."""
    with orchestrator(tmp_path_factory.mktemp("market"), **NEWCOMERS) as running:
        yield running
    assert '"defect"' not in running.log_text()


@pytest.fixture
async def ann(market: Orchestrator) -> AsyncIterator[Member]:
    """Somebody who asks."""
    async with Member(market.url) as person:
        await person.sign_in()
        yield person


@pytest.fixture
async def ben(market: Orchestrator) -> AsyncIterator[Member]:
    """Somebody who donates."""
    async with Member(market.url) as person:
        await person.sign_in()
        yield person
