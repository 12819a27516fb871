"""A site that runs the worker's own tests inside Pyodide: `python build/suite.py FOLDER`.

Everything of the real site that matters (Pyodide's runtime, bytecode, the content policy), with the
whole standard library and the tests as they stand. The worker's wheel and pytest's are named by a
lock file, and micropip installs them from there.
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
from packages import packages
from stdlib import full_stdlib
from wheel import installed_wheel, worker_wheel

PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "Pygments")
TESTS = ROOT / "tests"
SUITE = ("worker", "wire", "support")


def write_suite(folder: Path) -> None:
    """Fill the folder; `inner.js` is the worker script that runs the tests."""
    folder.mkdir(parents=True, exist_ok=True)
    inner = TESTS / "pyodide"
    wheels = [
        worker_wheel([BROWSER / package for package in WORKER]),
        *map(installed_wheel, ("micropip", *PYTEST)),
    ]
    served = packages(wheels, bytecode=True)
    scripts = (PYODIDE / "pyodide.mjs", inner / "inner.js", inner / "inner.py")
    for path in (*pyodide_runtime(), *scripts, *served.iterdir()):
        shutil.copy(path, folder)
    shutil.copy(full_stdlib(), folder / "stdlib.zip")
    _zip_tests(folder / "tests.zip")
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
