"""An orchestrator for each story, on either store, with times short enough to wait for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.chat_client import ChatClient
from tests.support.fake_gemini import FakeGemini
from tests.support.orchestrator import Orchestrator, orchestrator, two_orchestrators
from tests.support.scripted_http import served
from tests.support.scripted_worker import ScriptedWorker
from tests.support.stores import KINDS, Stores

QUICK = {
    "ASHAO_WORKER_GRACE_MS": "600",
    "ASHAO_LEASE_MS": "1500",
    "ASHAO_FIRST_TOKEN_MS": "3000",
}
# Nothing lapses by itself; the tests let time pass where it matters.
PATIENT = {
    "ASHAO_WORKER_GRACE_MS": "60000",
    "ASHAO_LEASE_MS": "15000",
    "ASHAO_FIRST_TOKEN_MS": "30000",
}


@pytest.fixture(scope="module", params=KINDS)
def settings(request: pytest.FixtureRequest, stores: Stores) -> dict[str, str]:
    """Where this story's orchestrators keep their jobs, and how long they wait.

    A module's `TIMES` replace the quick ones.
    """
    times: dict[str, str] = getattr(request.module, "TIMES", QUICK)
    return times | {"ASHAO_REDIS_URL": stores.url_without_workers(request.param)}


@pytest.fixture(scope="module")
def store_at(settings: dict[str, str]) -> str:
    """Where the orchestrators' store answers."""
    return settings["ASHAO_REDIS_URL"]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]
) -> Iterator[Orchestrator]:
    """A running orchestrator."""
    with orchestrator(tmp_path_factory.mktemp("orchestrator"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]
) -> Iterator[tuple[Orchestrator, Orchestrator]]:
    """Two orchestrators on one store and one history."""
    with two_orchestrators(tmp_path_factory.mktemp("pair"), **settings) as both:
        yield both


@pytest.fixture(scope="module")
def gemini() -> Iterator[FakeGemini]:
    """Google's service."""
    fake = FakeGemini()
    with served(fake):
        yield fake


@pytest.fixture
async def person(server: Orchestrator) -> AsyncIterator[ChatClient]:
    """Somebody with a browser."""
    async with ChatClient(server.url) as client:
        yield client
        await client.cancel_all()


@pytest.fixture
async def worker(server: Orchestrator) -> AsyncIterator[ScriptedWorker]:
    """A registered worker."""
    async with ScriptedWorker(server.url) as scripted:
        yield scripted
