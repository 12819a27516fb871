"""The parts about accounts, on a database of each kind and a real store."""

from collections.abc import AsyncIterator

import pytest

from ashao.store.database import Database
from ashao.store.redis import connect
from tests.support.people import House
from tests.support.stores import KINDS, Stores


@pytest.fixture(scope="session")
def live_store(stores: Stores) -> str:
    """Where sessions live; one kind of store is enough here."""
    return stores.url(KINDS[0])


@pytest.fixture
async def house(database: Database, live_store: str) -> AsyncIterator[House]:
    """Nobody has signed up yet."""
    redis = connect(live_store)
    yield House(database, redis)
    await redis.aclose()
