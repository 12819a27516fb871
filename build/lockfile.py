"""The list of packages that Pyodide may load: micropip alone, served by this site.

Nothing on the boot path reads it; it is there for development and for engines that a donor adds.
"""

import shutil
import tempfile
from pathlib import Path

from pyodide_lock import PyodideLockSpec
from pyodide_lock.utils import add_wheels_to_spec

from cache import digest, kept
from node import PYODIDE


def write_lock(made: Path, wheels: list[Path]) -> None:
    """Write a pyodide-lock.json that names these wheels, which lie beside it when served."""
    lock = PyodideLockSpec.from_json(PYODIDE / "pyodide-lock.json")
    lock.packages = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copies = [Path(shutil.copy(wheel, folder)) for wheel in wheels]
        add_wheels_to_spec(lock, copies, base_path=folder).to_json(made, indent=1)


def lock_of(wheels: list[Path]) -> Path:
    """The same, kept in the cache."""
    key = digest(PYODIDE / "pyodide-lock.json", Path(__file__), *wheels)
    return kept("lockfile", key, lambda made: write_lock(made, wheels))
