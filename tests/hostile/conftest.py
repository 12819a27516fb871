"""An orchestrator on which no provider comes to help: workers are among themselves."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.stores import KINDS, Stores


@pytest.fixture(scope="module", params=KINDS)
def store_at(request: pytest.FixtureRequest, stores: Stores) -> str:
    """Where the orchestrator's store answers."""
    return stores.url_without_workers(request.param)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, store_at: str) -> Iterator[Orchestrator]:
    """A running orchestrator, on which nothing lapses by itself."""
    settings = PATIENT | {"ASHAO_REDIS_URL": store_at}
    with orchestrator(tmp_path_factory.mktemp("hostile"), **settings) as running:
        yield running


@pytest.fixture
async def person(server: Orchestrator) -> AsyncIterator[ChatClient]:
    """Somebody who asks; what is still open of it is gone afterwards."""
    async with ChatClient(server.url) as client:
        yield client
        await client.cancel_all()
