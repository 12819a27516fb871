"""The peers' own environment below .cache/, from bench/peers.txt; serving needs nothing of it."""

import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

PINS = Path(__file__).with_name("peers.txt")
CACHE = Path(__file__).parent.parent / ".cache"


@cache
def environment() -> Path | None:
    """The folder of its programs, made at the first call; None where the registry is away."""
    mark = sha256(PINS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = CACHE / f"peers-{mark}"
    whole = folder / "whole"  # an interrupted installation lacks it
    if not whole.exists():
        print("setup: the peers of bench/peers.txt (about two minutes)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = (folder / "bin" / "python", "-m", "pip", "install", "-qq")
        quietly = ("--disable-pip-version-check", "-r", PINS)
        if subprocess.run((*pip, *quietly)).returncode != 0:
            return None
        whole.touch()
    return folder / "bin"


if __name__ == "__main__":
    environment()
