"""The worker's own tests where donors run it: in Pyodide, in a Web Worker, under the policy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pyodide.chromium import fresh_page
from tests.pyodide.site_server import serving

ROOT = Path(__file__).resolve().parents[2]
RUN = """() => new Promise((resolve, reject) => {
  const worker = new Worker("/inner.js", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message ?? "the worker script was blocked"));
})"""


@pytest.mark.dear
@pytest.mark.e2e
@pytest.mark.timeout(120)
def test_the_workers_tests_pass_inside_pyodide(tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Each test of tests/worker passes there, and none is left out."""
    subprocess.run([sys.executable, "build/suite.py", str(tmp_path)], cwd=ROOT, check=True)
    with serving(tmp_path) as server, fresh_page() as page:
        page.goto(server.origin)
        result = json.loads(page.evaluate(RUN))
    assert result["python"] == "emscripten"
    for node_id, outcome in result["outcomes"].items():
        with subtests.test(node_id):
            assert outcome == "passed", outcome
    assert sorted(result["outcomes"]) == _collected_on_cpython() != []


def _collected_on_cpython() -> list[str]:
    command = [sys.executable, "-m", "pytest", "tests/worker", "--collect-only", "-q"]
    listing = subprocess.run(
        [*command, "-p", "no:randomly", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return sorted(line for line in listing.splitlines() if "::" in line)
