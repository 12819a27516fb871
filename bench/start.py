"""`python -m bench.start`: how soon the orchestrator is ready, and what it takes at rest.

Beside it the least that could serve: the bare relay, under the same uvicorn. `--short` is a look.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

from bench.process import Process, bare_relay, cpu_s, rss_mb
from bench.table import Row, show
from bench.wire import first_line
from tests.support.children import descendants_of
from tests.support.orchestrator import commanded
from tests.support.stores import redis_server

STARTS, SHORT_STARTS = 9, 2
REST_S, SHORT_REST_S = 60.0, 5.0
SETTLE_S = 5.0  # what is done once after a start is not the rest
READY = "/health/ready"

type Kind = Callable[[], AbstractContextManager[Process]]


def main() -> None:
    """Measure both, print both tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    parser.add_argument("--short", action="store_true", help="few starts and a short rest")
    is_short = parser.parse_args().short
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an operator's Python keeps what it compiled
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
        data = Path(folder) / "ours"
        with _ours(data):
            pass  # the first start of all makes the tables
        kinds: dict[str, Kind] = {
            "bare relay": partial(bare_relay, url),
            "ashao serve": partial(_ours, data),
        }
        starts = _starts(kinds, SHORT_STARTS if is_short else STARTS)
        show("Start, from the command to the first answer (s)", starts)
        show("At rest", _at_rest(kinds, SHORT_REST_S if is_short else REST_S))


@contextmanager
def _ours(data: Path) -> Iterator[Process]:
    """The product with its embedded stores, as an operator starts it."""
    with commanded(data) as running:
        yield Process(running.pid, running.port)


def _starts(kinds: Mapping[str, Kind], count: int) -> list[Row]:
    took: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(count):
        for name, kind in kinds.items():
            begun = time.perf_counter()
            with kind() as process:
                asyncio.run(first_line(process.port, READY))
                took[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(each) for name, each in took.items()}
    least = next(iter(medians.values()))
    return [
        ("", "median", "fastest", "of the floor"),
        *(
            (name, f"{median:.2f}", f"{min(took[name]):.2f}", f"{median / least:.1f}")
            for name, median in medians.items()
        ),
    ]


def _at_rest(kinds: Mapping[str, Kind], seconds: float) -> list[Row]:
    """Both at the same time: they share the machine's noise."""
    with ExitStack() as stack:
        pids: dict[str, int] = {}
        for name, kind in kinds.items():
            pids[name] = pid = stack.enter_context(kind()).pid
            for child in descendants_of(pid):
                pids[f"{name}: {Path(f'/proc/{child}/comm').read_text().strip()}"] = child
        time.sleep(SETTLE_S)
        before = {name: cpu_s(pid) for name, pid in pids.items()}
        time.sleep(seconds)
        least = rss_mb(next(iter(pids.values())))
        rows: list[Row] = [("", "RSS MB", "of the floor", "CPU, % of a core")]
        for name, pid in pids.items():
            percent = 100 * (cpu_s(pid) - before[name]) / seconds
            rss = rss_mb(pid)
            rows.append((name, f"{rss:.0f}", f"{rss / least:.1f}", f"{percent:.2f}"))
        return rows


if __name__ == "__main__":
    main()
