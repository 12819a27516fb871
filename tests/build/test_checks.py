"""`scripts/check` with stand-ins for its tools: it shows what each says, and misses no failure."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.build.conftest import ROOT
from tests.build.stand_in_project import write_program

CHECK = ROOT / "scripts" / "check"
TOOLS = re.findall(r"^start (\w[\w-]*)", CHECK.read_text(), re.MULTILINE)
NODE_TOOLS = ("biome", "tsc")
TOOL = """#!/bin/sh
echo "$0 begins"
echo "$0 complains" >&2
case "$0" in */"$FAILS") exit 3 ;; esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of nothing but tools."""
    for place in ("scripts", ".venv/bin", "node_modules/.bin"):
        (tmp_path / place).mkdir(parents=True)
    shutil.copy(CHECK, tmp_path / "scripts")
    for name in TOOLS:
        place = "node_modules/.bin" if name in NODE_TOOLS else ".venv/bin"
        write_program(tmp_path / place / name, TOOL)
    return tmp_path


def check(folder: Path, fails: str = "nobody") -> subprocess.CompletedProcess[str]:
    """Run it, where the tool of this name fails."""
    return subprocess.run(
        [folder / "scripts" / "check"],
        env=os.environ | {"FAILS": fails},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_tools_words_stay_together(folder: Path) -> None:
    """They run side by side, and are read one after the other."""
    run = check(folder)
    assert run.returncode == 0
    said = re.findall(
        r"^check: ([\w-]+).*\n.*/\1 begins\n.*/\1 complains$", run.stdout, re.MULTILINE
    )
    assert said == TOOLS
    assert {"mypy", "ruff", "tsc", *NODE_TOOLS} <= {*said}


@pytest.mark.parametrize("tool", sorted({*TOOLS}))
def test_any_failure_fails_the_whole(folder: Path, tool: str) -> None:
    """Whichever it is, the others are heard."""
    run = check(folder, fails=tool)
    assert run.returncode == 1
    assert run.stdout.count("check: ") == len(TOOLS)
