"""Puts the demonstration model into the site, below a path that changes with its content.

WebLLM keeps what it fetched by address: the digest makes sure that files of two builds never mix.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from cache import ROOT, digest

MODELS = ROOT / "build" / "tiny_model"
CONFIG = "mlc-chat-config.json"
# WebLLM asks for <model>/resolve/main/<file>, as its hub has it.
FILES = Path("resolve") / "main"
NOT_SERVED = frozenset({"answer.txt", "sources.json"})


def place_demonstrations(site: Path) -> Iterator[Path]:
    """Copy each model to site/models/<id>.<digest>/resolve/main; yields the files placed."""
    models = site / "models"
    wanted = {}
    for config in sorted(MODELS.glob(f"*/{CONFIG}")):
        files = [each for each in sorted(config.parent.iterdir()) if each.name not in NOT_SERVED]
        wanted[f"{config.parent.name}.{digest(*files)[:12]}"] = files
    for old in models.glob("*"):
        if old.name not in wanted:
            shutil.rmtree(old)
    for name, files in wanted.items():
        folder = models / name / FILES
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            yield Path(shutil.copyfile(file, folder / file.name))
