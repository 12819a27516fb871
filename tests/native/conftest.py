"""An orchestrator, an engine's server, and real `ashao worker` processes between them."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from openai import AsyncOpenAI

from ashao.store.embedded import EmbeddedStore
from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator, orchestrator

SETTINGS = {
    "ASHAO_WORKER_GRACE_MS": "20000",  # a worker is meant to answer, not the provider
    "ASHAO_LEASE_MS": "2000",
    "ASHAO_FIRST_TOKEN_MS": "10000",
}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A running orchestrator with a store of its own."""
    with orchestrator(tmp_path_factory.mktemp("native"), **SETTINGS) as running:
        assert httpx.get(f"{running.url}/health/ready", timeout=60).status_code == 200
        yield running


@pytest.fixture
async def secret(server: Orchestrator) -> str:
    """A new API key."""
    return await created_key(EmbeddedStore(server.data_dir).url)


@pytest.fixture
async def client(server: Orchestrator, secret: str) -> AsyncIterator[AsyncOpenAI]:
    """A program that asks."""
    async with AsyncOpenAI(
        base_url=f"{server.url}/v1", api_key=secret, max_retries=0, timeout=50
    ) as sdk:
        yield sdk
