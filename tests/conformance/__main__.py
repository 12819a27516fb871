"""`make conformance`: clients from the registries, unchanged, against a served ashao."""

import asyncio
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from ashao.store.embedded import EmbeddedStore
from tests.conformance import environments, model
from tests.conformance.attempt import CLIENTS, ClientBroke, attempt
from tests.conformance.report import Report
from tests.support.api_keys import created_key
from tests.support.orchestrator import orchestrator

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
    """Try the clients and write the report; of only some of them, print it."""
    report, broken = Report(), 0
    with tempfile.TemporaryDirectory() as folder, orchestrator(Path(folder)) as running:
        secret = await created_key(EmbeddedStore(running.data_dir).url)
        answering = asyncio.create_task(model.serve(running.url))
        for client in only or [*PYTHON, *NODE]:
            try:
                command, version = await asyncio.to_thread(_command, client)
                print(f"conformance: {client} {version}", file=sys.stderr)
                report.add(client, version, await attempt(command, running.url, secret))
            except (environments.RegistryAway, ClientBroke) as error:
                print(f"conformance: {client}: {error}", file=sys.stderr)
                broken += 1
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering
    if only or broken:
        print(report.page())
    else:
        report.write()
    return min(broken, 1)


def _command(client: str) -> tuple[list[str | Path], str]:
    """What runs this client's file, and the client's version."""
    if client in NODE:
        folder = environments.node_folder()
        script = environments.placed(folder, CLIENTS / NODE[client], CLIENTS / "checks.mjs")
        return ["node", script], environments.node_pins()[client.partition(" ")[0]]
    python = environments.python_of(client)
    version = environments.python_pins()[client].partition("==")[2]
    return [python, CLIENTS / PYTHON[client]], version


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1:])))
