"""Builds the demonstration model where its sources have changed; otherwise does nothing.

`python build/tiny_model/build.py` makes the artifacts; with `--check` it only says whether they
match their sources, and exits with 1 where they do not.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import sources

CACHE = sources.SOURCES.parents[1] / ".cache" / "tiny_model"
NO_EMSCRIPTEN = (
    "Building the demonstration model needs Emscripten's `emcc`: on Debian, install `emscripten`."
)


def main() -> None:
    """Says what it did, or ends with a sentence that says what is missing."""
    if sources.are_current():
        print("The demonstration model matches its sources.")
    elif "--check" in sys.argv[1:]:
        sys.exit("The demonstration model was made from other sources: run `make model`.")
    elif shutil.which("emcc") is None:
        sys.exit(NO_EMSCRIPTEN)
    else:
        _build()


def _build() -> None:
    """Makes everything in a new folder first: a failure leaves the artifacts as they were."""
    python = _environment()
    with tempfile.TemporaryDirectory(dir=CACHE) as fresh:
        subprocess.run(
            [python, "-m", "tiny_model.make", fresh, CACHE],
            env={**os.environ, "PYTHONPATH": str(sources.SOURCES.parent)},
            check=True,
        )
        sources.ARTIFACTS.mkdir(exist_ok=True)
        for artifact in Path(fresh).iterdir():
            shutil.copyfile(artifact, sources.ARTIFACTS / artifact.name)
    sources.record()
    print(f"The demonstration model is in {sources.ARTIFACTS}.")


def _environment() -> Path:
    """The interpreter of an environment that holds exactly the pinned requirements."""
    home = CACHE / "venv"
    if not home.exists():
        venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    requirements = sources.SOURCES / "requirements.txt"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    return python


if __name__ == "__main__":
    main()
