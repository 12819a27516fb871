"""What has to run on the Python that Pyodide carries: bytecode and the list of modules in use.

Run by in_pyodide.mjs inside Pyodide on Node; standard library only.
"""

import importlib.util
import sys
import zipfile
from importlib import _bootstrap_external  # the one place that knows the .pyc header

STDLIB = f"/lib/python{sys.version_info.major}{sys.version_info.minor}.zip"
EPOCH = (1980, 1, 1, 0, 0, 0)


def compile_zip(source: str, target: str, keep: list[str] | None = None) -> int:
    """Copy a zip with its .py files turned into .pyc; return how many files it holds.

    keep: names of the source's files to copy (all when None). Entries are stored, not deflated:
    the server compresses the whole file better, and Python starts faster.
    """
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w") as made:
        names = sorted(name for name in given.namelist() if not name.endswith("/"))
        for name in names if keep is None else sorted(set(names) & set(keep)):
            content = given.read(name)
            if name.endswith(".py"):
                name, content = f"{name}c", _bytecode(content, name)
            made.writestr(zipfile.ZipInfo(name, EPOCH), content)
        return len(made.namelist())


def modules_in_use(imports: list[str]) -> list[str]:
    """The standard library's files that these imports load, beside what starting Python loads."""
    for name in imports:
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            importlib.import_module(name)
    origins = (getattr(module, "__file__", None) or "" for module in sys.modules.values())
    return sorted(origin[len(STDLIB) + 1 :] for origin in origins if origin.startswith(STDLIB))


def _bytecode(source: bytes, name: str) -> bytes:
    """An unchecked hash-based .pyc: nothing looks for its source, and it is the same every time."""
    code = compile(source, name, "exec", dont_inherit=True, optimize=2)
    return bytes(
        _bootstrap_external._code_to_hash_pyc(code, importlib.util.source_hash(source), False)
    )
