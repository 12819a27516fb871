"""What the kernel counts of a process."""

import time
from pathlib import Path

CPU_CLOCK = 2  # of a process, as clock_getcpuclockid(3) numbers them


def cpu_s(pid: int) -> float:
    """Seconds of processor time that it has had."""
    return time.clock_gettime((~pid << 3) | CPU_CLOCK)


def rss_bytes(pid: int) -> int:
    """Its resident memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def name_of(pid: int) -> str:
    """What its program is called."""
    return Path(f"/proc/{pid}/comm").read_text().strip()
