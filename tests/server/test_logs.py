"""Several processes write one log, and every line in it is one of theirs."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

WRITER = """
import logging, sys, structlog
from ashao.logs import configure_logs
configure_logs("info")
name, length = sys.argv[1], int(sys.argv[2])
log, library = structlog.get_logger(), logging.getLogger("library." + name * (length // 2))
print("ready", flush=True)
sys.stdin.readline()
for number in range(150):
    log.warning("event", name=name, number=number, long=name * length)
    library.warning("never shown")
"""
PROCESSES = 4


def _written(length: int, stderr: int) -> None:
    """Have them all write to one place, each as fast as it can."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(name), str(length)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        for name in range(PROCESSES)
    ]
    for each in writers:
        assert each.stdout is not None
        assert each.stdout.readline() == b"ready\n"
    for each in writers:
        assert each.stdin is not None
        each.stdin.write(b"go\n")
        each.stdin.flush()
    for each in writers:
        each.communicate()
        assert each.returncode == 0


def _check(text: str, length: int) -> None:
    lines = text.splitlines()
    ours = [json.loads(line) for line in lines if line.startswith("{")]
    assert all(each["long"] == each["name"] * length for each in ours)
    numbers = Counter((each["name"], each["number"]) for each in ours)
    assert len(numbers) == len(ours) == PROCESSES * 150
    libraries = Counter(line for line in lines if not line.startswith("{"))
    names = map(str, range(PROCESSES))
    assert libraries == {f"WARNING library.{each * (length // 2)}": 150 for each in names}


@pytest.mark.parametrize("flags", [0, os.O_APPEND])
def test_processes_that_share_a_file_write_whole_lines(tmp_path: Path, flags: int) -> None:
    """Of any length, opened by their parent as a shell does, `2> log` or `2>> log`."""
    log = os.open(tmp_path / "log", os.O_CREAT | os.O_WRONLY | flags)
    _written(20_000, log)
    os.close(log)
    _check((tmp_path / "log").read_text(), 20_000)


def test_processes_that_share_a_pipe_write_whole_lines(tmp_path: Path) -> None:
    """Of 3 KB, through a pipe that is often full."""
    with (tmp_path / "log").open("wb") as log:
        reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
        assert reader.stdin is not None
        _written(3_000, reader.stdin.fileno())
        reader.communicate()
    _check((tmp_path / "log").read_text(), 3_000)


def test_a_log_that_nobody_reads_ends_no_process() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    _written(10, writing)
    os.close(writing)
