"""A site that runs the worker's own tests inside Pyodide: `python build/suite.py FOLDER`.

Everything of the real site that matters (Pyodide's runtime, bytecode, the worker's wheel, the
content policy), with the whole standard library, pytest's wheels, and the tests as they stand.
"""

import json
import shutil
import sys
import zipfile
from pathlib import Path

from bundle import BROWSER, WORKER
from cache import ROOT
from javascript import pyodide_runtime
from manifest import WORKER_CSP
from node import PYODIDE
from stdlib import full_stdlib
from wheel import installed_wheel, worker_wheel

PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "Pygments")
TESTS = ROOT / "tests"
SUITE = ("worker", "wire", "support")


def write_suite(folder: Path) -> None:
    """Fill the folder; `inner.js` is the worker script that runs the tests."""
    folder.mkdir(parents=True, exist_ok=True)
    inner = TESTS / "pyodide"
    for path in (*pyodide_runtime(), PYODIDE / "pyodide.mjs", PYODIDE / "pyodide-lock.json"):
        shutil.copy(path, folder)
    for path in (inner / "inner.js", inner / "inner.py"):
        shutil.copy(path, folder)
    wheels = [installed_wheel(name) for name in PYTEST]
    for wheel in wheels:
        shutil.copy(wheel, folder)
    shutil.copy(full_stdlib(), folder / "stdlib.zip")
    shutil.copy(worker_wheel(BROWSER / WORKER, bytecode=True), folder / "ashao_worker.whl")
    _zip_tests(folder / "tests.zip")
    (folder / "wheels.json").write_text(json.dumps([wheel.name for wheel in wheels]))
    (folder / "index.html").write_text("<!doctype html><title>The worker's tests</title>")
    (folder / "manifest.json").write_text(json.dumps({"csp": {"inner.js": WORKER_CSP}}))


def _zip_tests(target: Path) -> None:
    with zipfile.ZipFile(target, "w") as made:
        for name in SUITE:
            for path in sorted((TESTS / name).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    made.write(path, f"tests/{path.relative_to(TESTS)}")


if __name__ == "__main__":
    write_suite(Path(sys.argv[1]))
