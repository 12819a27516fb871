"""Open databases of both kinds for the tests of what people keep."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ashao.store.database import Database
from tests.support.databases import KINDS, Cluster, opened, postgresql


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
