"""`python -m bench.fleet SEED ...`: what a fleet costs people of which two thirds attack.

Beside it, on the same server: its honest third alone, and as many machines that are all honest.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from tests.hostile.test_a_fleet import ALONE, HONEST, asked, mixed, running
from tests.support.fleet import Outcome


async def measure(seed: int) -> list[Outcome]:
    """The honest third, three thirds of them, and the mixed fleet, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        async with running("one process", Path(folder), **ALONE) as urls:
            return [await asked(urls, each) for each in (HONEST, HONEST * 3, mixed(seed))]


def main() -> None:
    """Print a row for each seed."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("seeds", type=int, nargs="+")
    for seed in parser.parse_args().seeds:
        alone, honest, attacked = asyncio.run(measure(seed))
        ratio = attacked.took_s / alone.took_s
        print(
            f"| {seed} | {alone.took_s:.1f} | {honest.took_s:.1f} | {attacked.took_s:.1f} "
            f"| {ratio:.1f} | {attacked.share_answered:.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
