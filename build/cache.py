"""Work that is done once: a step's result, kept under the hash of everything it depends on."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "bundle"


def digest(*parts: str | bytes | Path) -> str:
    """One hash of strings, bytes and files (by content and name; a folder by all its files)."""
    total = hashlib.sha256()
    for part in parts:
        for piece in _pieces(part):
            total.update(len(piece).to_bytes(8) + piece)
    return total.hexdigest()


def kept(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """The file or folder that make(path) writes, made only when this key was never seen.

    A half-made result is never seen by anyone: it gets its name when it is whole.
    """
    place = CACHE / name / key[:32]
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(dir=place.parent, prefix="."))
        try:
            make(workshop / "made")
            _settle(workshop / "made", place)
        finally:
            shutil.rmtree(workshop)
    return place


def _settle(made: Path, place: Path) -> None:
    try:
        made.rename(place)
    except OSError:
        if not place.exists():  # else another run was first, with the same content
            raise


def _pieces(part: str | bytes | Path) -> Iterable[bytes]:
    if isinstance(part, bytes):
        yield part
    elif isinstance(part, str):
        yield part.encode()
    elif part.is_dir():
        for path in sorted(part.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield str(path.relative_to(part)).encode()
                yield path.read_bytes()
    else:
        yield part.name.encode()
        yield part.read_bytes()
