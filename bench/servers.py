"""Starts what is measured: the orchestrator on the servers' core, the store on the driver's."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.machine import SERVERS_CORE, on_core
from tests.support.orchestrator import Orchestrator, commanded
from tests.support.stores import redis_server

# Nothing is refused, paid for or taken away because a measurement asks for much and pauses.
SETTINGS = {
    "ASHAO_SENDS_PER_MINUTE": "1000000",
    "ASHAO_IN_FLIGHT_ANONYMOUS": "1000000",
    "ASHAO_IN_FLIGHT": "1000000",
    "ASHAO_POOL_HOURLY_CAP": "100000000",
    "ASHAO_WORKER_GRACE_MS": "3600000",
    "ASHAO_LEASE_MS": "600000",
    "ASHAO_FIRST_TOKEN_MS": "600000",
    "ASHAO_QUEUE_TTL_S": "86400",
}


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey that keeps nothing on disk, on a socket in the folder; its address."""
    folder.mkdir(exist_ok=True)
    with redis_server(folder, kind="valkey") as url:
        yield url


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Orchestrator]:
    """`ashao serve`, on the embedded store unless ASHAO_REDIS_URL names another."""
    with ExitStack() as stack:
        with on_core(SERVERS_CORE):
            running = stack.enter_context(commanded(folder, **SETTINGS | settings))
        yield running
