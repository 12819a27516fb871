"""Wheels for the browser: the worker's own, and any that is installed beside this script."""

import base64
import csv
import hashlib
import io
import tempfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from cache import digest, kept
from node import package_version, run_in_pyodide
from stdlib import COMPILER

EPOCH = (1980, 1, 1, 0, 0, 0)
VERSION = "0.1.0"
NOT_SHIPPED = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")


def worker_wheel(package: Path, *, bytecode: bool) -> Path:
    """A wheel of the worker package alone: bytecode of Pyodide's Python, or sources."""
    key = digest(
        "worker", package, package_version("pyodide"), str(bytecode), Path(__file__), *COMPILER
    )
    return kept("wheel", key, lambda made: _make_worker_wheel(package, made, bytecode))


def installed_wheel(name: str) -> Path:
    """The wheel of an installed pure-Python distribution, put together again.

    Raises PackageNotFoundError when it is not installed.
    """
    key = digest("installed", name, distribution(name).version, Path(__file__))
    folder = kept("wheel", key, lambda made: _repack(name, made))
    return next(folder.iterdir())


def _make_worker_wheel(package: Path, made: Path, bytecode: bool) -> None:
    files = {
        f"{package.name}/{path.relative_to(package)}": path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    tag = "cp314-none-any" if bytecode else "py3-none-any"
    info = f"{package.name}-{VERSION}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: {package.name}\nVersion: {VERSION}\n"
    wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
    with tempfile.TemporaryDirectory() as name:
        sources, compiled = Path(name) / "sources.zip", Path(name) / "compiled.zip"
        _write_zip(sources, files)
        if bytecode:
            run_in_pyodide(
                Path(name), "compile_zip", source="/work/sources.zip", target="/work/compiled.zip"
            )
            files = _read_zip(compiled)
    files |= {f"{info}/METADATA": metadata.encode(), f"{info}/WHEEL": wheel.encode()}
    _write_wheel(made, info, files)


def _repack(name: str, made: Path) -> None:
    installed = distribution(name)
    files = {
        str(path): Path(path.locate()).read_bytes()
        for path in sorted(installed.files or [])
        if path.suffix != ".pyc" and ".." not in path.parts and path.name not in NOT_SHIPPED
    }
    info = next(path for path in files if path.endswith(".dist-info/METADATA")).rpartition("/")[0]
    made.mkdir()
    _write_wheel(made / f"{info.removesuffix('.dist-info')}-py3-none-any.whl", info, files)


def _write_wheel(path: Path, info: str, files: dict[str, bytes]) -> None:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for name, content in files.items():
        hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([name, f"sha256={hashed}", len(content)])
    rows.writerow([f"{info}/RECORD", "", ""])
    _write_zip(path, files | {f"{info}/RECORD": text.getvalue().encode()})


def _read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as made:
        return {name: made.read(name) for name in made.namelist()}


def _write_zip(path: Path, files: dict[str, bytes]) -> None:
    """Stored, not deflated, and without times: the same input makes the same bytes."""
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(zipfile.ZipInfo(name, EPOCH), content)
