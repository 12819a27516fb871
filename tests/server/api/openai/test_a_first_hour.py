"""What goes wrong in a first hour is said where it goes wrong."""

from pathlib import Path

import pytest
from openai import AsyncOpenAI

from tests.support import commands
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

PATHS = ["qwen/qwen3-8b:free", "/data/models/a b.gguf", "C:\\models\\x.gguf", "qwen3~8b"]


@pytest.mark.parametrize("name", PATHS)
async def test_a_model_may_be_a_path(server: Orchestrator, client: AsyncOpenAI, name: str) -> None:
    async with ScriptedWorker(server.url, model=name) as worker:
        assert name in [each.id async for each in client.models.list()]
        assert (await client.models.retrieve(name)).id == name
        await worker.post("release", workerId=worker.id)


@pytest.mark.parametrize("name", ["auto", "pro", "max", "a\nb", ""])
async def test_a_name_that_cannot_be_a_models_is_refused(server: Orchestrator, name: str) -> None:
    worker = ScriptedWorker(server.url)
    reply = await worker.http.post("/api/worker/register", json={"type": "native", "model": name})
    await worker.http.aclose()
    assert reply.status_code == 400
    assert "model" in reply.json()["error"]


async def test_a_worker_whose_key_is_none_is_told_so(server: Orchestrator) -> None:
    worker = ScriptedWorker(server.url)
    reply = await worker.http.post(
        "/api/worker/register",
        json={"type": "native", "model": "tiny"},
        headers={"Authorization": "Bearer nonsense"},
    )
    await worker.http.aclose()
    assert reply.status_code == 401


def test_a_key_says_where_it_is_kept(server: Orchestrator, tmp_path: Path) -> None:
    """Made in another folder, no server knows it."""
    ours = commands.run("keys", "create", "a", ASHAO_DATA_DIR=str(server.data_dir))
    other = commands.run("keys", "create", "a", ASHAO_DATA_DIR=str(tmp_path))
    assert f"in {server.data_dir.resolve()}." in ours.stderr
    assert f"in {tmp_path.resolve()}, where no server has run" in other.stderr
