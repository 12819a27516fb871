"""One orchestrator for all tests of the front door; nothing in it moves by itself."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker

# No provider takes a job and no claim lapses while a test looks at it.
PATIENT = {
    "ASHAO_WORKER_GRACE_MS": "600000",
    "ASHAO_LEASE_MS": "60000",
    "ASHAO_SIGN_INS_PER_MINUTE": "100000",
}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A running orchestrator with stores of its own, in which nothing may go wrong unnoticed."""
    with orchestrator(tmp_path_factory.mktemp("front-door"), **PATIENT) as running:
        yield running
    for sign in ('"defect"', "Traceback", "quetzalcoatlus"):
        assert sign not in running.log_text()


@pytest.fixture
async def person(server: Orchestrator) -> AsyncIterator[ChatClient]:
    """Somebody with a browser."""
    async with ChatClient(server.url) as client:
        yield client


@pytest.fixture
async def stranger(server: Orchestrator) -> AsyncIterator[ChatClient]:
    """Somebody else, with a session of their own."""
    async with ChatClient(server.url) as client:
        await client.send()
        yield client


@pytest.fixture
async def worker(server: Orchestrator) -> AsyncIterator[ScriptedWorker]:
    """A registered worker."""
    async with ScriptedWorker(server.url, slots=64) as scripted:
        yield scripted


@pytest.fixture
async def other_worker(server: Orchestrator) -> AsyncIterator[ScriptedWorker]:
    """Another one."""
    async with ScriptedWorker(server.url, slots=64) as scripted:
        yield scripted
