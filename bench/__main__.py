"""`python -m bench`: the failover gap, the relay and the fences, each beside its floor, in one run.

Loopback only. Compare rows of one run, never of two machines.
"""

import asyncio
import platform
from os import cpu_count

from bench import failover, fences, relay
from bench.table import show


async def main() -> None:
    """Measure and print."""
    print(f"{platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}")
    show("Failover with an idle second worker, as a reader sees it (ms)", await failover.measure())
    show("Relay: a token from its POST to the reader", await relay.measure())
    show("Fences: one token into the store, one at a time", await fences.measure())


asyncio.run(main())
