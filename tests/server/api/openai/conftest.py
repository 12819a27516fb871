"""An orchestrator, an API key for it, and the real OpenAI SDK."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from openai import AsyncOpenAI

from ashao.store.embedded import EmbeddedStore
from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker

QUICK = {
    "ASHAO_WORKER_GRACE_MS": "600",
    "ASHAO_LEASE_MS": "1500",
    "ASHAO_FIRST_TOKEN_MS": "3000",
    "ASHAO_SIMULATE_V1": "on",
}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A running orchestrator with the simulated provider and a store of its own."""
    with orchestrator(tmp_path_factory.mktemp("v1"), **QUICK) as running:
        assert httpx.get(f"{running.url}/health/ready", timeout=60).status_code == 200
        yield running


@pytest.fixture
def redis_url(server: Orchestrator) -> str:
    """Where the orchestrator keeps its jobs and keys."""
    return EmbeddedStore(server.data_dir).url


@pytest.fixture
async def secret(redis_url: str) -> str:
    """A new key that may do everything."""
    return await created_key(redis_url)


@pytest.fixture
async def client(server: Orchestrator, secret: str) -> AsyncIterator[AsyncOpenAI]:
    """A program that uses the SDK as its makers show it."""
    async with AsyncOpenAI(
        base_url=f"{server.url}/v1", api_key=secret, max_retries=0, timeout=20
    ) as sdk:
        yield sdk


@pytest.fixture
async def worker(server: Orchestrator) -> AsyncIterator[ScriptedWorker]:
    """A registered worker of the tier pro; gone afterwards, so that nobody waits for it."""
    async with ScriptedWorker(server.url, model="tiny-pro", slots=64) as scripted:
        yield scripted
        await scripted.post("release", workerId=scripted.id)
