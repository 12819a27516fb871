"""Puts our own models into the site, below paths that change with their content.

Browsers keep what they fetched by address: the digest makes sure that files of two builds never
mix.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cache import ROOT, digest

RECITERS = ROOT / "build" / "tiny_model"
CONFIG = "mlc-chat-config.json"
# Made by `build/small_model.py`; without it the site has none.
SMALL = ROOT / ".cache" / "models" / "SmolLM2-135M-Instruct"
# WebLLM asks for <model>/resolve/main/<file>, as its hub has it.
FILES = Path("resolve") / "main"
NOT_SERVED = frozenset({"answer.txt", "sources.json"})


def place_models(site: Path) -> Iterator[Path]:
    """Put each at site/models/<id>.<digest>/resolve/main; yields what is worth compressing."""
    wanted = {f"{folder.name}.{digest(*files)[:12]}": files for folder, files in _models()}
    for old in (site / "models").glob("*"):
        if old.name not in wanted:
            shutil.rmtree(old)
    for name, files in wanted.items():
        folder = site / "models" / name / FILES
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            placed = _place(file, folder / file.name)
            if placed.suffix != ".gguf":
                yield placed


def _models() -> Iterator[tuple[Path, list[Path]]]:
    for config in sorted(RECITERS.glob(f"*/{CONFIG}")):
        files = sorted(config.parent.iterdir())
        yield config.parent, [each for each in files if each.name not in NOT_SERVED]
    if small := sorted(SMALL.glob("*.gguf")):
        yield SMALL, small


def _place(file: Path, target: Path) -> Path:
    """A link where it can be one: the small model has a hundred megabytes."""
    target.unlink(missing_ok=True)
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)
    return target
