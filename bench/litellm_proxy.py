"""The LiteLLM proxy, as its documentation runs it in production, before our own upstream."""

import socket
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import httpx

from bench.peers import environment
from bench.servers import program
from bench.upstream import Upstream, upstream
from tests.support.wait import wait_until

START_S = 240
CONFIG = """\
model_list:
  - model_name: mock
    litellm_params: {{model: openai/mock, api_base: "http://127.0.0.1:{port}/v1", api_key: none}}
litellm_settings: {{set_verbose: false}}
"""
# It asks nobody for prices, and writes no line for a request.
QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOG": "ERROR",
    "LITELLM_MODE": "PRODUCTION",
    "NO_PROXY": "127.0.0.1",
}
KEY = f"sk-{token_hex(32)}"  # it refuses to start without one


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy."""

    pid: int
    port: int
    upstream: Upstream

    @property
    def headers(self) -> dict[str, str]:
        """What it asks of a caller."""
        return {"Authorization": f"Bearer {KEY}"}


@asynccontextmanager
async def litellm(folder: Path) -> AsyncGenerator[Proxy | None]:
    """A proxy that answers; None where it could not be installed."""
    programs = environment()
    if programs is None:
        yield None
        return
    async with upstream() as model:
        config, port = folder / "litellm.yaml", _free_port()
        config.write_text(CONFIG.format(port=model.port))
        where = ["--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
        command = (str(programs / "litellm"), *where)
        secrets = {"LITELLM_MASTER_KEY": KEY}
        with program(*command, log=folder / "litellm.log", **QUIET, **secrets) as process:
            await wait_until(lambda: _answers(process, port), "the LiteLLM proxy", START_S)
            yield Proxy(process.pid, port, model)


async def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    assert process.poll() is None, "the LiteLLM proxy ended at its start"
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            answer = await http.get(f"http://127.0.0.1:{port}/health/liveliness")
        except httpx.TransportError:
            return False
        return answer.is_success


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
