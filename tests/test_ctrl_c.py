"""Ctrl-C in the middle of a run leaves none of the processes that its tests started."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.wait import wait_until

FOLDER = "FOLDER_OF_THE_RUN"
# Orchestrators, and both kinds of stores, in two processes of tests.
FILES = ("tests/hostile/test_a_workers_word.py", "tests/story/test_prompt_to_answer.py")
STARTED = ("redis-server", "valkey")

pytestmark = pytest.mark.timeout(240)


def _alive(folder: Path) -> dict[int, str]:
    """The run's processes: their folder is in their environment, or on the command line of a
    store, which writes its title over its environment."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes()
            if words and str(folder).encode() in words + (process / "environ").read_bytes():
                found[int(process.name)] = words.decode()
    return found


def _runs(folder: Path) -> bool:
    return all(any(each in words for words in _alive(folder).values()) for each in STARTED)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """So short that a store's socket lies in it, and its name is on the store's command line."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.sample(0)
async def test_ctrl_c_leaves_no_child_behind(short_folder: Path) -> None:
    folder = short_folder / "run"
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "--numprocesses", "2", "--matrix", *FILES),
        f"--basetemp={folder}",
        env=os.environ | {FOLDER: str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await wait_until(lambda: _runs(folder), "both kinds of stores to run", 120)
        os.killpg(run.pid, signal.SIGINT)
        await run.wait()
        await wait_until(lambda: not _alive(folder), "its children to be gone")
    finally:
        for pid in _alive(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
