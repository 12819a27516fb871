"""`make dev` on a copy of the project: a real browser runs what was edited, Ctrl-C ends it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.build.conftest import ROOT, write_sources
from tests.pyodide.chromium import fresh_page

pytestmark = [pytest.mark.e2e, pytest.mark.dear, pytest.mark.timeout(240)]

PAGE_SCRIPT = """
const url = new URL("./worker.js", import.meta.url).href;
const policy = trustedTypes.createPolicy("ashao", { createScriptURL: () => url });
globalThis.ask = () => new Promise((resolve) => {
  const worker = new Worker(policy.createScriptURL(url), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
});
"""
WORKER_SCRIPT = """
import { bootPython } from "./boot.js";
const ask = `
import ashao_worker
from importlib.metadata import version
f"{version('ashao_worker')} {ashao_worker.__doc__}"`;
self.postMessage(await bootPython().then((python) => python.runPython(ask), String));
"""
COPIED = ("build", "scripts", "server")
SHARED = (".venv", ".cache", "node_modules", "package-lock.json", "build/tiny_model")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "built", "tiny_model", ".mypy_cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project with sources that a test may change, and a worker that only tells its version."""
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=LEFT_OUT)
    for name in SHARED:
        (tmp_path / name).symlink_to(ROOT / name)
    sources = write_sources(tmp_path / "browser")
    (sources / "ui" / "donate.js").write_text(PAGE_SCRIPT)
    (sources / "wgpu-shim" / "worker.js").write_text(WORKER_SCRIPT)
    return tmp_path


@pytest.fixture
def development(project: Path) -> Iterator[subprocess.Popen[str]]:
    """A running scripts/dev, in a process group of its own as a terminal would give it."""
    settings = {"ASHAO_PORT": "0", "ASHAO_DATA_DIR": str(project / "data")}
    paths = {"PYTHONPATH": str(project / "server"), "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        [project / "scripts" / "dev"],
        env=os.environ | settings | paths,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with running:
        yield running
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)


def test_a_reload_runs_the_edited_worker_and_ctrl_c_ends_everything(
    project: Path, development: subprocess.Popen[str]
) -> None:
    """Nothing is served before the first build; micropip installs the worker's wheel each time."""
    heard = _heard(development, "ashao is at ", "watching ")
    origin = heard.partition("ashao is at ")[2].split()[0]
    with fresh_page() as page:
        assert _told(page, origin).startswith("0.1.0 ")
        source = project / "browser" / "py" / "ashao_worker" / "__init__.py"
        source.write_text('"""Edited."""\n')
        _heard(development, "watching ")
        assert _told(page, origin) == "0.1.0 Edited."
    os.killpg(development.pid, signal.SIGINT)
    development.wait()
    with pytest.raises(ProcessLookupError):
        os.killpg(development.pid, 0)


def _heard(running: subprocess.Popen[str], *wanted: str) -> str:
    """What it prints until it has said all of this, in whatever order."""
    assert running.stdout is not None
    heard = ""
    while not all(words in heard for words in wanted):
        line = running.stdout.readline()
        assert line, f"it ended after: {heard}"
        heard += line
    return heard


def _told(page: Page, origin: str) -> str:
    page.goto(f"{origin}/worker.html")
    told = page.evaluate("ask()")
    assert isinstance(told, str)
    return told
