"""The one writer: rows become Markdown, on the terminal or in bench/RESULTS.md."""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from bench import machine
from bench.row import Row
from bench.table import markdown

HEADING = ("", "unit", "floor", "peer", "ours", "× floor", "× peer", "goal", "met")
MET = {True: "yes", False: "**no**", None: ""}

type Measure = Callable[[], Awaitable[Sequence[Row]]]


def measured(title: str, measure: Measure) -> str:
    """Measure, as the driver; the section that says what was found."""
    with machine.on_core(machine.DRIVER_CORE), asyncio.Runner(loop_factory=_loop) as runner:
        rows = runner.run(_rows(measure))
    return f"## {title}\n\n{markdown([HEADING, *map(_cells, rows)])}\n"


def alone(title: str, measure: Measure, short: Measure | None = None) -> None:
    """The command of one part: measure only this, and print it; `--short` where it has that."""
    parser = argparse.ArgumentParser(description=title)
    if short is not None:
        parser.add_argument("--short", action="store_const", const=short, default=measure)
    chosen: Measure = getattr(parser.parse_args(), "short", measure)
    print(machine.described(), file=sys.stderr)
    print(measured(title, chosen))


async def _rows(measure: Measure) -> Sequence[Row]:
    return await measure()


def _loop() -> asyncio.AbstractEventLoop:
    return uvloop.new_event_loop()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        row.unit,
        _spread(row.floor),
        _peer(row),
        _spread(row.ours),
        _times(row.of_floor),
        _times(row.of_peer),
        str(row.goal),
        MET[row.is_met],
    )


def _peer(row: Row) -> str:
    if not row.peer_name:
        return ""
    return f"{row.peer_name}: {_spread(row.peer) or 'not here, its registry is away'}"


def _spread(figures: Sequence[float]) -> str:
    """The median, and the least and the most of several rounds."""
    if not figures:
        return ""
    median = _figure(statistics.median(figures))
    if len(figures) == 1:
        return median
    return f"{median} ({_figure(min(figures))}–{_figure(max(figures))})"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _figure(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"
