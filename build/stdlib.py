"""Python's standard library as bytecode, trimmed to the modules that the worker uses.

Compiling it in the browser is what makes Pyodide slow to start; what nobody imports stays at home.
"""

import ast
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
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


def trimmed_stdlib(worker: Path) -> Path:
    """The zip with the modules that this worker package and Pyodide itself load."""
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


def _imports_of(package: Path) -> Iterator[str]:
    """Modules that the package's files import, wherever; CPython's home is left out."""
    for path in sorted(package.rglob("*.py")):
        if path.name == "cpython.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            yield from (name for name in names if name.split(".")[0] not in ("js", package.name))
