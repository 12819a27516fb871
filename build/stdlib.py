"""Python's standard library as bytecode, trimmed to the modules that the worker uses.

Compiling it in the browser is what makes Pyodide slow to start; what nobody imports stays at home.
"""

import ast
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from cache import digest, kept
from node import COMPILER, PYODIDE, run_in_pyodide

# Needed late (when something fails, is decoded, or is called from JavaScript) or by Pyodide itself.
LATE = (
    "asyncio",
    "dataclasses",
    "encodings.ascii",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.utf_8",
    "inspect",
    "json",
    "linecache",
    "pyodide.code",
    "pyodide.ffi",
    "pyodide.http",
    "pyodide.webloop",
    "random",
    "textwrap",
    "tokenize",
    "traceback",
    "zipimport",
)
STDLIB = "python_stdlib.zip"
HOME = "ashao_worker.homes.pyodide"
NOT_STDLIB = ("js", "ashao_text", "ashao_worker")


def trimmed_stdlib(worker: Sequence[Path]) -> Path:
    """The zip with the modules that these packages of the worker and Pyodide itself load."""
    imports = sorted({*LATE, *_imports_of(worker)})
    key = digest("trimmed", json.dumps(imports), Path(__file__), *COMPILER)
    return kept("stdlib", key, lambda made: _compile(made, imports))


def full_stdlib() -> Path:
    """The zip with every module: for tests and for development, which bring packages along."""
    key = digest("full", Path(__file__), *COMPILER)
    return kept("stdlib", key, lambda made: _compile(made, None))


def _compile(made: Path, imports: list[str] | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(PYODIDE / STDLIB, folder)
        if imports is not None:
            _trim(folder / STDLIB, run_in_pyodide(folder, "modules_in_use", imports=imports))
        run_in_pyodide(folder, "compile_all")
        shutil.move(folder / STDLIB, made)


def _trim(stdlib: Path, keep: list[str]) -> None:
    with zipfile.ZipFile(PYODIDE / STDLIB) as whole, zipfile.ZipFile(stdlib, "w") as trimmed:
        for name in keep:
            trimmed.writestr(name, whole.read(name))


def _imports_of(packages: Sequence[Path]) -> set[str]:
    """Modules that the tab's home loads, itself or through others of the packages.

    What only CPython's home loads is left out.
    """
    sources = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts): path
        for package in packages
        for path in package.rglob("*.py")
    }
    found: set[str] = set()
    waiting = {HOME}
    while waiting:
        found |= waiting
        ours = (sources[name] for name in waiting if name in sources)
        waiting = {name for path in ours for name in _imported(path)} - found
    return {name for name in found if name.split(".")[0] not in NOT_STDLIB}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
