"""Python's standard library as bytecode, trimmed to the modules that the worker uses.

Compiling it in the browser is what makes Pyodide slow to start; what nobody imports stays at home.
"""

import ast
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cache import digest, kept
from node import BUILD, PYODIDE, package_version, run_in_pyodide

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
COMPILER = (BUILD / "in_pyodide.py", BUILD / "in_pyodide.mjs")


def trimmed_stdlib(worker: Path) -> Path:
    """The zip with the modules that this worker package and Pyodide itself load."""
    imports = sorted({*LATE, *_imports_of(worker)})
    key = digest("trimmed", package_version("pyodide"), json.dumps(imports), *COMPILER)
    return kept("stdlib", key, lambda made: _compile(made, imports))


def full_stdlib() -> Path:
    """The zip with every module: for tests, which bring pytest along."""
    key = digest("full", package_version("pyodide"), *COMPILER)
    return kept("stdlib", key, lambda made: _compile(made, None))


def _compile(made: Path, imports: list[str] | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(PYODIDE / "python_stdlib.zip", folder)
        keep = imports and run_in_pyodide(Path(folder), "modules_in_use", imports=imports)
        paths = {"source": "/work/python_stdlib.zip", "target": "/work/stdlib.zip"}
        run_in_pyodide(Path(folder), "compile_zip", **paths, keep=keep)
        shutil.copy(Path(folder) / "stdlib.zip", made)


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
