"""One client's file, run in a process of its own against a served ashao."""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

CLIENTS = Path(__file__).parent / "clients"
PATIENCE_S = 180
# No client may reach a paid account, nor the Internet for a list of prices.
FOREIGN = ("OPENAI_", "ANTHROPIC_", "ASHAO_", "PYTHONPATH", "LANG", "LITELLM_")
OWN = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}


class ClientBroke(Exception):
    """Its file did not come to its end."""


async def attempt(command: Sequence[str | Path], url: str, secret: str) -> dict[str, str]:
    """What the client found, a cell for each feature; raises ClientBroke."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    process = await asyncio.create_subprocess_exec(
        *command,
        env=ours | OWN | {"ASHAO_URL": url, "ASHAO_API_KEY": secret},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise ClientBroke("it takes too long") from None
    if process.returncode != 0:
        raise ClientBroke(f"it ended with {process.returncode}")
    return _cells(said.decode())


def _cells(said: str) -> dict[str, str]:
    cells: dict[str, str] = {}
    for line in said.splitlines():
        if line.startswith("{"):  # a client may print words of its own
            found = json.loads(line)
            cells[found["feature"]] = found["cell"]
    return cells
