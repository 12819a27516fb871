"""Simon Willison's `llm`, a well-known command line client, with ashao as one of its models."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.orchestrator import Orchestrator

MODEL = """
- model_id: ashao
  model_name: auto
  api_base: "{url}/v1"
  api_key_name: ashao
"""


def _llm(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "llm", *arguments],
        env=os.environ | {"LLM_USER_PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.timeout(120)
async def test_llm_asks_streamed_and_whole(
    server: Orchestrator, secret: str, tmp_path: Path
) -> None:
    (tmp_path / "extra-openai-models.yaml").write_text(MODEL.format(url=server.url))
    ask = ("prompt", "-m", "ashao", "--key", secret, "-s", "Be brief.")
    for how in ([], ["--no-stream"]):
        said = _llm(tmp_path, *ask, "-o", "max_tokens", "20", "-o", "seed", "1", *how, "Hello?")
        assert said.startswith("This is a simulation")
