"""A server in a process of its own, and what the kernel counts of it."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = 100
LOOK_S = 0.001


@dataclass(frozen=True, slots=True)
class Process:
    """It answers at a port of this machine."""

    pid: int
    port: int


@contextmanager
def bare_relay(url: str) -> Iterator[Process]:
    """The floor, on the store at `url`."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        place = (url.removeprefix("unix://"), str(port_file))
        process = subprocess.Popen([sys.executable, "-m", "bench.floor", *place])
        try:
            while not port_file.exists() or not port_file.read_text():
                time.sleep(LOOK_S)
            yield Process(process.pid, int(port_file.read_text()))
        finally:
            process.kill()
            process.wait()


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def rss_mb(pid: int) -> float:
    """Resident memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kilobytes) / 1000
