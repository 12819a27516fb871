"""What a program finds in every protocol: an orchestrator, an API key for it, and a worker.

The fixtures are taken into the `conftest.py` of a protocol's tests, beside its own SDK.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from ashao.jobs.finish import cancel
from ashao.jobs.job import JobId
from ashao.jobs.store import JobStore, Rules
from ashao.store.embedded import EmbeddedStore
from ashao.store.redis import connect
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
async def worker(server: Orchestrator) -> AsyncIterator[ScriptedWorker]:
    """A registered worker of the tier pro; gone afterwards, so that nobody waits for it."""
    async with ScriptedWorker(server.url, model="tiny-pro", slots=64) as scripted:
        yield scripted
        await scripted.post("release", workerId=scripted.id)


async def break_off(server: Orchestrator, claimed: dict[str, Any]) -> None:
    """The job ends without a whole answer, as one does that its asker cancels."""
    redis = connect(EmbeddedStore(server.data_dir).url, blocking=True)
    try:
        await cancel(JobStore(redis, Rules()), JobId(claimed["job"]["id"]))
    finally:
        await redis.aclose()
