"""A primary of a Cluster dies under requests: they are told to come back, then all goes on."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.story.conftest import PATIENT
from tests.support.clusters import ReplicatedCluster, replicated_cluster
from tests.support.orchestrator import orchestrator
from tests.support.wait import wait_until

ASKING = 12
ENOUGH = 20  # sends that were taken after the death


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ReplicatedCluster]:
    """Six nodes of a test's own."""
    with replicated_cluster(tmp_path) as running:
        yield running


class Crowd:
    """People who send one message after the other, each as somebody new."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.seen: Counter[int] = Counter()
        self.wrong: list[str] = []

    async def ask(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(base_url=self._url, timeout=30, trust_env=False) as http:
            while True:
                reply = await http.post("/api/chat/send", json={"content": "Hello?"})
                self.seen[reply.status_code] += 1
                is_honest = reply.status_code == 503 and int(reply.headers.get("Retry-After", 0))
                if reply.status_code != 201 and not is_honest:
                    self.wrong.append(f"{reply.status_code} {reply.text}")

    async def more(self, count: int) -> None:
        """Wait until so many more were taken."""
        goal = self.seen[201] + count
        await wait_until(lambda: self.seen[201] >= goal, f"{count} more sends are taken", 60)


@pytest.mark.sample(0)
@pytest.mark.parametrize("index", range(3))
async def test_a_primary_that_is_killed_is_an_outage_and_never_a_fault(
    cluster: ReplicatedCluster, tmp_path: Path, index: int
) -> None:
    """A replica takes its place, and whoever came in between was told to come back."""
    settings = PATIENT | {"ASHAO_REDIS_URL": cluster.url}
    with orchestrator(tmp_path / "server", **settings) as server:
        crowd = Crowd(server.url)
        asking = [asyncio.create_task(crowd.ask()) for _ in range(ASKING)]
        try:
            await crowd.more(ENOUGH)
            cluster.kill(index)
            await wait_until(cluster.is_whole, "a replica takes its place", 30)
            await crowd.more(ENOUGH)
        finally:
            for each in asking:
                each.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        assert crowd.wrong == []
