"""Starts what is measured: the orchestrator on the servers' core, the store on the driver's."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ashao.jobs.store import Rules
from bench.machine import SERVERS_CORE, on_core
from tests.support.children import mortal
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
# The same for jobs that the driver puts into the store itself.
RULES = Rules(grace_ms=3_600_000, lease_ms=600_000, first_token_ms=600_000, queue_ttl_s=86_400)


@contextmanager
def valkey(folder: Path, *options: str) -> Iterator[str]:
    """A Valkey on a socket in the folder, its address; no options: it keeps nothing on disk."""
    folder.mkdir(parents=True)
    with redis_server(folder, *options, kind="valkey") as url:
        yield url


@contextmanager
def program(
    *command: str, log: Path | None = None, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Any other server, killed at the end; what it says goes to its log."""
    with (log or Path(os.devnull)).open("wb") as file:
        with on_core(SERVERS_CORE):
            process = subprocess.Popen(
                mortal(*command), env=os.environ | environment, stdout=file, stderr=file
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Orchestrator]:
    """`ashao serve`, on the embedded store unless ASHAO_REDIS_URL names another."""
    with ExitStack() as stack:
        with on_core(SERVERS_CORE):
            running = stack.enter_context(commanded(folder, **SETTINGS | settings))
        yield running
