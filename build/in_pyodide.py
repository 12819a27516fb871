"""What has to run on the Python that Pyodide carries: bytecode and the list of modules in use.

Run by in_pyodide.mjs inside Pyodide on Node, where pyodide-build can be imported.
"""

import importlib.util
import sys

STDLIB = f"/lib/python{sys.version_info.major}{sys.version_info.minor}.zip"


def compile_all() -> None:
    """Turn the .py files in each zip and wheel of /work into .pyc, and rename in its lock file.

    Stored, not deflated: the server compresses the whole file better, and Python starts faster.
    """
    from pyodide_build.cli.py_compile import main as py_compile

    py_compile(["/work", "--silent", "--compression-level", "0"], standalone_mode=False)


def modules_in_use(imports: list[str]) -> list[str]:
    """The standard library's files that these imports load, beside what starting Python loads."""
    for name in imports:
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            importlib.import_module(name)
    origins = (getattr(module, "__file__", None) or "" for module in sys.modules.values())
    return sorted({origin[len(STDLIB) + 1 :] for origin in origins if origin.startswith(STDLIB)})
