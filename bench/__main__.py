"""`python -m bench`: everything that has a goal, beside its floor and its peers; bench/RESULTS.md.

Loopback only. Compare rows of one run, never of two machines. What fails, or takes longer than its
share, is said in its section, and the rest is measured.
"""

import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from types import ModuleType

from bench import (
    claim,
    failover,
    fences,
    idle,
    jobs,
    machine,
    queue,
    relay,
    scale,
    start,
    worker,
)
from tests.support.children import mortal

RESULTS = Path(__file__).with_name("RESULTS.md")
SHARES_S = {  # of the quarter of an hour
    relay: 230,
    claim: 110,
    jobs: 100,
    scale: 60,
    queue: 70,
    failover: 50,
    idle: 110,
    start: 100,
    worker: 40,
    fences: 30,
}
LEAVES_WITHIN_S = 20.0
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
    sections = [_section(part, share_s) for part, share_s in SHARES_S.items()]
    introduction = INTRODUCTION.format(
        machine=machine.described(),
        date=datetime.now(UTC).date(),
        minutes=(time.monotonic() - begun) / 60,
    )
    RESULTS.write_text("\n".join([introduction, *(text for text, _ in sections)]))
    print(RESULTS.read_text())
    sys.exit(not all(is_whole for _, is_whole in sections))


def _section(part: ModuleType, share_s: float) -> tuple[str, bool]:
    """What the part's own command prints, and whether it came to its end."""
    begun = time.monotonic()
    with Popen(mortal(sys.executable, "-m", part.__name__), stdout=PIPE, text=True) as process:
        try:
            said, _ = process.communicate(timeout=share_s)
        except TimeoutExpired:
            _stop(process)
            said = f"Stopped: it took longer than its share, {share_s} s."
    took = f"{time.monotonic() - begun:.0f} s"
    print(f"bench: {part.TITLE}: {took}", file=sys.stderr)
    if process.returncode == 0:
        return f"{said.rstrip()}\n\nTook {took}.\n", True
    return f"## {part.TITLE}\n\n{said or 'Not measured: it failed.'}\n", False


def _stop(process: Popen[str]) -> None:
    """As Ctrl-C does, so that it ends its servers and removes its folder; then without asking."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=LEAVES_WITHIN_S)
    except TimeoutExpired:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    main()
