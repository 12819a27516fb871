"""Node and what is installed in node_modules: run a script, run esbuild, read a package."""

import json
import subprocess
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cache import ROOT

BUILD = Path(__file__).resolve().parent
PACKAGES = ROOT / "node_modules"
PYODIDE = PACKAGES / "pyodide"


def package_version(name: str) -> str:
    """The installed version of an npm package."""
    return str(json.loads((PACKAGES / name / "package.json").read_text())["version"])


# All that bytecode depends on, beside its sources.
COMPILER = (
    package_version("pyodide"),
    version("pyodide-build"),
    BUILD / "in_pyodide.py",
    BUILD / "in_pyodide.mjs",
)


def run_node(script: str, *arguments: str) -> str:
    """What a script of this folder prints; its errors go to the terminal."""
    return _output(["node", str(BUILD / script), *arguments])


def run_in_pyodide(folder: Path, function: str, **arguments: object) -> Any:
    """What a function of in_pyodide.py returns inside Pyodide, where folder is /work."""
    host = sysconfig.get_path("purelib")
    printed = run_node("in_pyodide.mjs", str(folder), host, function, json.dumps(arguments))
    return json.loads(printed.splitlines()[-1])


def run_esbuild(*arguments: str) -> None:
    """Run esbuild from the root of the project."""
    _output([str(PACKAGES / ".bin" / "esbuild"), "--log-level=warning", *arguments])


def _output(command: list[str]) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
