"""The server as it was at an older commit, out of this repository's history."""

import io
import subprocess
import tarfile
from pathlib import Path

from ashao.store.tables import NAMING

HOUSE = Path(__file__).parents[2]
# What it takes of advanced-alchemy, which ours no longer installs: a base and a time in UTC. Ours
# are the same, down to the names of constraints.
NO_LONGER_INSTALLED = {
    "base.py": "from sqlalchemy import MetaData\n"
    "from sqlalchemy.orm import DeclarativeBase\n"
    "class AdvancedDeclarativeBase(DeclarativeBase):\n"
    f"    metadata = MetaData(naming_convention={NAMING})\n",
    "types.py": "from datetime import UTC\n"
    "from sqlalchemy import DateTime, TypeDecorator\n"
    "class DateTimeUTC(TypeDecorator):\n"
    "    impl, cache_ok = DateTime, True\n"
    "    def process_result_value(self, value, dialect):\n"
    "        return value and value.replace(tzinfo=value.tzinfo or UTC)\n",
}


def older_sources(commit: str, folder: Path) -> dict[str, str]:
    """Unpack them; the variables with which `python -m ashao` runs them."""
    parts = ["server", "browser/py"]
    archive = subprocess.run(
        ["git", "archive", commit, *parts], cwd=HOUSE, capture_output=True, check=False
    )
    assert archive.returncode == 0, f"history ends before {commit}: git fetch --unshallow"
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as sources:
        sources.extractall(folder, filter="data")
    package = folder / "server" / "advanced_alchemy"
    package.mkdir()
    for name, source in {"__init__.py": "", **NO_LONGER_INSTALLED}.items():
        (package / name).write_text(source)
    return {"PYTHONPATH": ":".join(str(folder / part) for part in parts)}
