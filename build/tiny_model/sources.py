"""Which sources made the artifacts: a content hash, so that nothing is made twice."""

import hashlib
import json
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
ARTIFACTS = SOURCES / "ashao-tiny-q0f32"
RECORD = ARTIFACTS / "sources.json"
KINDS = {".py", ".txt", ".h", ".cc"}


def content_hash() -> str:
    """The sha256 over the path and bytes of every source, in the order of their paths."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in KINDS and ARTIFACTS not in path.parents:
            name = path.relative_to(SOURCES).as_posix()
            digest.update(f"{name}\n{path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def are_current() -> bool:
    """Whether the artifacts were made from these very sources."""
    return RECORD.is_file() and json.loads(RECORD.read_text())["sha256"] == content_hash()


def record() -> None:
    """Notes that the artifacts now match the sources."""
    RECORD.write_text(json.dumps({"sha256": content_hash()}) + "\n")
