"""Wheels for the browser: the worker's own, and any that is installed beside this script."""

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

from cache import digest, kept

EPOCH = (1980, 1, 1, 0, 0, 0)
VERSION = "0.1.0"
TAG = "py3-none-any"
NOT_SHIPPED = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")


def worker_wheel(packages: Sequence[Path]) -> Path:
    """A wheel of the worker's own packages, as sources; the last one names it."""
    key = digest("worker", *packages, Path(__file__))
    folder = kept("wheel", key, lambda made: _make_worker_wheel(packages, made))
    return next(folder.iterdir())


def installed_wheel(name: str) -> Path:
    """The wheel of an installed pure-Python distribution, put together again.

    Raises PackageNotFoundError when it is not installed.
    """
    key = digest("installed", name, distribution(name).version, Path(__file__))
    folder = kept("wheel", key, lambda made: _repack(name, made))
    return next(folder.iterdir())


def _make_worker_wheel(packages: Sequence[Path], made: Path) -> None:
    files = {
        f"{package.name}/{path.relative_to(package)}": path.read_bytes()
        for package in packages
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    name = packages[-1].name
    info = f"{name}-{VERSION}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {VERSION}\n"
    wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {TAG}\n"
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
    _write_wheel(made, info, files)


def _write_wheel(made: Path, info: str, files: dict[str, bytes]) -> None:
    """Write the wheel into a new folder, under the name that its .dist-info folder implies."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for name, content in files.items():
        hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([name, f"sha256={hashed}", len(content)])
    rows.writerow([f"{info}/RECORD", "", ""])
    files |= {f"{info}/RECORD": text.getvalue().encode()}
    made.mkdir()
    # Stored, not deflated, and without times: the same input makes the same bytes.
    with zipfile.ZipFile(made / f"{info.removesuffix('.dist-info')}-{TAG}.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(zipfile.ZipInfo(name, EPOCH), content)
