"""What ends at a process is settled there at once; nobody waits for a sweeper's look."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from ashao.settings import Settings
from tests.support.in_process import served
from tests.support.wait import wait_until


async def _answered(http: httpx.AsyncClient) -> str:
    """A question that a worker answered; its conversation's id."""
    sent = (await http.post("/api/chat/send", json={"content": "Hello?"})).json()
    body = {"type": "browser", "model": "scripted"}
    worker = (await http.post("/api/worker/register", json=body)).json()
    headers = {"Authorization": f"Bearer {worker['token']}"}

    async def say(verb: str, **more: Any) -> Any:
        reply = await http.post(f"/api/worker/{verb}", json=more, headers=headers)
        assert reply.is_success, reply.text
        return reply.json()

    claimed = await say("claim", workerId=worker["workerId"], tier="pro", waitMs=20_000)
    held = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
    await say("token", **held, seq=0, value="Hello.")
    await say("complete", **held, tokens=1)
    return str(sent["conversationId"])


async def test_an_answer_is_kept_though_nobody_looks(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ashao.background.sweeper.LOOK_EVERY_S", 3600)
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    async with served(Settings(redis_url=store_url, data_dir=data)) as http:
        conversation_id = await _answered(http)

        async def is_kept() -> bool:
            kept = (await http.get(f"/api/conversations/{conversation_id}")).json()
            return any(each.get("content") == "Hello." for each in kept["messages"])

        await wait_until(is_kept, "the answer is kept")
