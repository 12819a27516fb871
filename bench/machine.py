"""The machine that is measured on: servers have one core, and the driver with the store another."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.table import percentile

CORES = sorted(os.sched_getaffinity(0))
SERVERS_CORE, DRIVER_CORE = CORES[0], CORES[-1]
FSYNCS = 50


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This thread, and the processes that it starts meanwhile, run on that core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def described() -> str:
    """The machine in words."""
    return f"{platform.machine()}, {len(CORES)} cores, Python {platform.python_version()}"


def fsync_s(folder: Path) -> float:
    """What it takes to have a small write on this folder's disk, p50."""
    took = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(FSYNCS):
            begun = time.perf_counter()
            file.write(bytes(512))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begun)
    return percentile(took, 0.5)
