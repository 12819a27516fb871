"""What several parts of the server are tested on."""

from collections.abc import Iterator

import pytest

from tests.support.databases import Cluster, postgresql


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's PostgreSQL."""
    with postgresql() as running:
        yield running
