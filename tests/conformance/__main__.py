"""`make conformance`: clients from the registries, unchanged, against a served ashao."""

import asyncio
import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from ashao.store.embedded import EmbeddedStore
from tests.conformance import environments, model
from tests.conformance.report import Report
from tests.support.api_keys import created_key
from tests.support.orchestrator import orchestrator

CLIENTS = Path(__file__).parent / "clients"
PATIENCE_S = 180
PYTHON = {
    "openai": "openai_sdk.py",
    "anthropic": "anthropic_sdk.py",
    "litellm": "litellm_sdk.py",
    "langchain-openai": "langchain_openai_sdk.py",
    "pydantic-ai-slim": "pydantic_ai_sdk.py",
    "instructor": "instructor_sdk.py",
    "llama-index-llms-openai-like": "llama_index_sdk.py",
}
NODE = {"openai (Node)": "openai_node.mjs", "ai": "ai_node.mjs"}


async def main(only: list[str]) -> int:
    """Run the clients (only those that are named, if any are) and write the report if all ran."""
    report = Report()
    with (
        tempfile.TemporaryDirectory() as folder,
        orchestrator(Path(folder), ASHAO_WORKER_GRACE_MS="20000") as running,
    ):
        secret = await created_key(EmbeddedStore(running.data_dir).url)
        settings = {"ASHAO_URL": running.url, "ASHAO_API_KEY": secret}
        answering = asyncio.create_task(model.serve(running.url))
        for client in (*PYTHON, *NODE):
            if not only or client in only:
                await _try(client, settings, report)
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering
    if only:
        print(report.page())
    else:
        report.write()
    return 0


async def _try(client: str, settings: dict[str, str], report: Report) -> None:
    try:
        command, version = await asyncio.to_thread(_command, client)
    except environments.RegistryAway as away:
        print(f"conformance: {away} cannot be installed now", file=sys.stderr)
        return
    print(f"conformance: {client} {version}", file=sys.stderr)
    report.add_client(client, version)
    process = await asyncio.create_subprocess_exec(
        *command, env=_environment() | settings, stdout=asyncio.subprocess.PIPE
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        said, _ = await process.communicate()
    for line in said.decode().splitlines():
        if line.startswith("{"):
            found = json.loads(line)
            report.add(client, found["feature"], found["cell"])
    if process.returncode != 0:
        raise SystemExit(f"conformance: {client} ended with {process.returncode}")


def _command(client: str) -> tuple[list[str], str]:
    """What runs this client's file, and the client's version."""
    if client in NODE:
        folder = environments.node_folder()
        script = environments.placed(folder, CLIENTS / NODE[client], CLIENTS / "checks.mjs")
        return ["node", str(script)], environments.node_pins()[client.partition(" ")[0]]
    python = environments.python_of(client)
    version = environments.python_pins()[client].partition("==")[2]
    return [str(python), str(CLIENTS / PYTHON[client])], version


def _environment() -> dict[str, str]:
    """Ours, without anybody's keys: no client may reach a paid account."""
    named = ("OPENAI_", "ANTHROPIC_", "ASHAO_", "PYTHONPATH", "LANG", "LITELLM_")
    return {name: value for name, value in os.environ.items() if not name.startswith(named)}


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1:])))
