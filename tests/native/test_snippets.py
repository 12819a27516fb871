"""The snippets of README.md, run as they are written."""

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

DOCUMENT = Path(__file__).parents[2] / "README.md"
BESIDE_PYTHON = str(Path(sys.executable).parent)  # where pip put the command


def _snippet(beginning: str) -> str:
    """The block of code that begins so."""
    found = re.search(
        rf"^```\w+\n({re.escape(beginning)}.*?)^```", DOCUMENT.read_text(), re.M | re.S
    )
    assert found, f"no snippet begins with {beginning!r}"
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


@pytest.mark.parametrize(
    ("beginning", "program"), [("curl", ("bash", "-c")), ("import os", (sys.executable, "-c"))]
)
async def test_a_program_asks_as_documented_and_a_worker_run_as_documented_answers(
    server: Orchestrator, secret: str, beginning: str, program: tuple[str, str]
) -> None:
    engine = RecitingServer("Words from Ollama.")
    async with serving(engine) as engine_url:
        worker = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            f"exec {_snippet('ashao worker')}",
            env=_environment(ASHAO_URL=server.url, OLLAMA_URL=engine_url, OLLAMA_MODEL="tiny-6"),
            stdout=PIPE,
        )
        try:
            await _is_offered(server, secret, "tiny-6")
            said = await _output(
                *program, _snippet(beginning), ASHAO_URL=server.url, ASHAO_API_KEY=secret
            )
        finally:
            worker.terminate()
            await worker.communicate()
    assert worker.returncode == 0
    is_stream = beginning == "curl"
    words = "".join(re.findall(r'"content":"([^"]*)"', said)) if is_stream else said.strip()
    assert words == engine.answer


async def _is_offered(server: Orchestrator, secret: str, model: str) -> None:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret) as client:

        async def listed() -> bool:
            return model in [each.id async for each in client.models.list()]

        await wait_until(listed, "the worker to be there", 60)
