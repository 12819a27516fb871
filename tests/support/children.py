"""The processes that a process started, by what the kernel says."""

from pathlib import Path


def children_of(pid: int) -> list[int]:
    """Its living children."""
    everybody = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    return sorted(each for each in everybody if _field(each, "PPid") == str(pid) and lives(each))


def lives(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    return _field(pid, "State")[:1] not in ("", "Z")


def _field(pid: int, name: str) -> str:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return next(line.partition("\t")[2] for line in lines if line.startswith(f"{name}:"))
