"""The packages that Pyodide may load from this site, and the lock file that names them.

Made by pyodide-build's own commands: `lockfile add-wheels` on the host, `py-compile` inside
Pyodide, which also puts the compiled wheels' names into the lock.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from cache import digest, kept
from node import COMPILER, PYODIDE, run_in_pyodide

LOCK = "pyodide-lock.json"


def packages(wheels: list[Path], *, bytecode: bool) -> Path:
    """A folder with these wheels and their pyodide-lock.json, as sources or as bytecode."""
    key = digest(str(bytecode), Path(__file__), *COMPILER, *wheels)
    return kept("packages", key, lambda made: _make(made, wheels, bytecode))


def _make(made: Path, wheels: list[Path], bytecode: bool) -> None:
    made.mkdir()
    copies = [shutil.copy(wheel, made) for wheel in wheels]
    lock = made / LOCK
    # Pyodide's own packages lie on its makers' CDN; this site names only what it serves.
    lock.write_text(json.dumps(json.loads((PYODIDE / LOCK).read_text()) | {"packages": {}}))
    command = [sys.executable, "-m", "pyodide_cli", "lockfile", "add-wheels", *copies]
    subprocess.run([*command, "--input", lock, "--output", lock], check=True)
    if bytecode:
        run_in_pyodide(made, "compile_all")
