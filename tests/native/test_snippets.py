"""The snippets of docs/api.md, run as they are written."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from tests.support.orchestrator import Orchestrator
from tests.support.wait import wait_until
from tests.worker_native.local_server import serving
from tests.worker_native.openai_server import RecitingServer

pytestmark = pytest.mark.timeout(120)

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
BESIDE_PYTHON = str(Path(sys.executable).parent)  # where pip put the command


def _snippet(title: str) -> str:
    """The code below a heading."""
    found = re.search(rf"^## {title}\n.*?^```\w+\n(.*?)^```", DOCUMENT.read_text(), re.M | re.S)
    assert found, f"no snippet below {title!r}"
    return found[1]


def _environment(**more: str) -> dict[str, str]:
    path = f"{BESIDE_PYTHON}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path} | more


async def _output(*command: str, **variables: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, env=_environment(**variables), stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.mark.parametrize("title", ["curl", "The openai SDK"])
async def test_a_program_asks_as_documented_and_a_worker_run_as_documented_answers(
    server: Orchestrator, secret: str, title: str
) -> None:
    program = ("bash", "-c") if title == "curl" else (sys.executable, "-c")
    engine = RecitingServer("Words from Ollama.")
    async with serving(engine) as engine_url:
        worker = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            f"exec {_snippet('A native worker with Ollama')}",
            env=_environment(ASHAO_URL=server.url, OLLAMA_URL=engine_url, OLLAMA_MODEL="tiny-6"),
            stdout=PIPE,
        )
        try:
            await _is_offered(server, secret, "tiny-6")
            code = _snippet(title).replace("auto", "tiny-6")
            said = await _output(*program, code, ASHAO_URL=server.url, ASHAO_API_KEY=secret)
        finally:
            worker.terminate()
            await worker.communicate()
    assert worker.returncode == 0
    words = "".join(re.findall(r'"content":"([^"]*)"', said)) if title == "curl" else said.strip()
    assert words == engine.answer


async def _is_offered(server: Orchestrator, secret: str, model: str) -> None:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret) as client:

        async def listed() -> bool:
            return model in [each.id async for each in client.models.list()]

        await wait_until(listed, "the worker to be there", 60)
