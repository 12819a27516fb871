"""A database that is away is no defect: 503, when to come back, and nothing of what was sent."""

from contextlib import AsyncExitStack
from pathlib import Path

from tests.support.chat_client import ChatClient
from tests.support.databases import Cluster
from tests.support.orchestrator import orchestrator
from tests.support.scripted_worker import ScriptedWorker

CANARY = "quetzalcoatlus"


async def test_a_database_that_is_away_is_said_plainly(tmp_path: Path, cluster: Cluster) -> None:
    """On the connection that breaks, and on those that are refused afterwards."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(cluster.empty())
        with orchestrator(tmp_path, ASHAO_DATABASE_URL=url) as town:
            async with ChatClient(town.url) as person, ScriptedWorker(town.url):
                await person.send()
                await stack.aclose()  # the database is dropped, whoever uses it
                for _ in range(4):
                    body = {"content": CANARY}
                    reply = await person.http.post("/api/chat/send", json=body)
                    assert reply.status_code == 503, reply.text
                    assert int(reply.headers["retry-after"]) > 0
                    assert "database" in reply.json()["error"]
            for sign in ("defect", CANARY, "Traceback"):
                assert sign not in town.log_text()
