"""The processes that a process started: which they are, and that they do not outlive it."""

import ctypes
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def mortal(*command: str) -> list[str]:
    """The command line of a child that the kernel kills when its parent is gone, however it went.

    Its parent is the thread that starts it: on a thread that ends soon, so does the child.
    """
    if sys.platform != "linux":
        return [*command]
    return ["setpriv", "--pdeathsig", "KILL", "--", *command]


def die_with_parent() -> None:
    """The same for this process itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    """Its living children."""
    everybody = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    return sorted(each for each in everybody if _field(each, "PPid") == str(pid) and lives(each))


def descendants_of(pid: int) -> list[int]:
    """Its living children, theirs, and so on."""
    children = children_of(pid)
    return children + [each for child in children for each in descendants_of(child)]


def lives(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    return _field(pid, "State")[:1] not in ("", "Z")


def _field(pid: int, name: str) -> str:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return next(line.partition("\t")[2] for line in lines if line.startswith(f"{name}:"))
