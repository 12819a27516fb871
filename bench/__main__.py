"""`python -m bench`: everything that has a goal, beside its floor and its peers; bench/RESULTS.md.

Loopback only. Compare rows of one run, never of two machines. What fails is said in its section,
and the rest is measured.
"""

import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from subprocess import run
from types import ModuleType

from bench import (
    claim,
    failover,
    fences,
    jobs,
    machine,
    queue,
    relay,
    results,
    scale,
    worker,
)

RESULTS = Path(__file__).with_name("RESULTS.md")
PARTS = (relay, claim, jobs, scale, queue, failover, worker, fences)
TABLES = ("idle", "start")  # they print their own
INTRODUCTION = """\
# Results

Made by `make bench`: {machine}; {date}; {minutes:.0f} minutes. One part alone: `python -m
bench.relay`, or another module's name.

A figure is the median of several rounds (the least–the most), which alternate between ours, the
floor and the peer, on loopback, by the same client. Servers are pinned to one core; the client and
the store, a Valkey that keeps nothing on disk unless a row says otherwise, to another. The floor of
a relay is the least that carries a token (`bench/floor.py`). The peers are pinned in
`bench/peers.txt`.
"""


def main() -> None:
    """Measure all, and write it down; ends with 1 when a part failed."""
    begun = time.monotonic()
    sections = [_section(each) for each in PARTS]
    sections += [_printed(name) for name in TABLES if RESULTS.with_name(f"{name}.py").exists()]
    introduction = INTRODUCTION.format(
        machine=machine.described(),
        date=datetime.now(UTC).date(),
        minutes=(time.monotonic() - begun) / 60,
    )
    RESULTS.write_text("\n".join([introduction, *(text for text, _ in sections)]))
    print(RESULTS.read_text())
    sys.exit(not all(is_whole for _, is_whole in sections))


def _section(part: ModuleType) -> tuple[str, bool]:
    print(f"bench: {part.TITLE}", file=sys.stderr)
    try:
        return results.measured(part.TITLE, part.measure), True
    except Exception as error:
        traceback.print_exc()
        return f"## {part.TITLE}\n\nNot measured: {type(error).__name__}.\n", False


def _printed(name: str) -> tuple[str, bool]:
    print(f"bench: {name}", file=sys.stderr)
    done = run([sys.executable, "-m", f"bench.{name}"], capture_output=True, text=True)
    return f"## `python -m bench.{name}`\n\n{done.stdout}\n", done.returncode == 0


if __name__ == "__main__":
    main()
