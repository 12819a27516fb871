"""The clients' own environments below .cache/conformance/, each made when it is first needed."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "conformance"
PYTHON_PINS = HERE / "clients.txt"
NODE_PINS = HERE / "package.json"


class RegistryAway(Exception):
    """A client cannot be installed now."""


def python_pins() -> dict[str, str]:
    """The requirement of each client by the client's name."""
    lines = PYTHON_PINS.read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    return {re.split(r"[\[=]", pin)[0]: pin for pin in pins}


def node_pins() -> dict[str, str]:
    """The version of each Node package by its name."""
    pins: dict[str, str] = json.loads(NODE_PINS.read_text())["dependencies"]
    return pins


def python_of(client: str) -> Path:
    """The interpreter that has this client; raises RegistryAway."""
    pin = python_pins()[client]
    folder = CACHE / f"{client}-{_mark(pin + sys.version)}"
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", pin]
    _made(folder, [sys.executable, "-m", "venv", "--clear", folder], pip)
    return python


def node_folder() -> Path:
    """The folder whose node_modules has all Node clients; raises RegistryAway."""
    folder = CACHE / f"node-{_mark(NODE_PINS.read_text())}"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(NODE_PINS, folder)
    quietly = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    _made(folder, ["npm", "install", "--prefix", str(folder), *quietly])
    return folder


def placed(folder: Path, script: Path, *beside: Path) -> Path:
    """The script in that folder, for Node looks for packages beside the file that names them."""
    for path in beside:
        shutil.copy(path, folder)
    return Path(shutil.copy(script, folder))


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _made(folder: Path, *commands: Sequence[str | Path]) -> None:
    whole = folder / "whole"  # an interrupted installation lacks it
    if whole.exists():
        return
    print(f"setup: {folder.name}", file=sys.stderr)
    for command in commands:
        if subprocess.run(command).returncode != 0:
            raise RegistryAway(folder.name)
    whole.touch()
