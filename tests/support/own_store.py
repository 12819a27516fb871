"""A store of a test's own that can be killed, frozen and filled; its file survives it."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from ashao.store.embedded import EmbeddedStore

DURABLE = ("--save", "", "--appendonly", "yes", "--appendfsync", "always", "--port", "0")


class OwnStore:
    """A running store: the embedded one, or a redis-server with its append-only file."""

    def __init__(self, url: str, command: list[str] | None) -> None:
        self.url = url
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self.start()

    def start(self) -> None:
        """Have it run and answer; the embedded one is started again by its supervisor."""
        if self._command is not None:
            self._process = subprocess.Popen(self._command)
        with self.client() as client:
            self._pid = int(client.info("server")["process_id"])

    def kill(self) -> None:
        """kill -9: no goodbye, no last write."""
        os.kill(self._pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def freeze(self) -> None:
        """It stays connected and answers nothing."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        os.kill(self._pid, signal.SIGCONT)

    def fill(self) -> None:
        """It has no room for another byte."""
        self._limit("1")

    def empty(self) -> None:
        """It has room again."""
        self._limit("0")

    def client(self) -> Redis:
        """A patient client for a test's own looks."""
        return Redis.from_url(
            self.url, decode_responses=True, retry=Retry(ConstantBackoff(0.02), 500)
        )

    def stop(self) -> None:
        """End the redis-server; the embedded store ends with its last user."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def _limit(self, bytes_: str) -> None:
        with self.client() as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", bytes_)


@contextmanager
def own_store(kind: str, folder: Path) -> Iterator[OwnStore]:
    """A store of one of the KINDS with its file below `folder`."""
    folder.mkdir(parents=True)
    if kind == "embedded valkey":
        with _embedded(folder) as url:
            yield OwnStore(url, None)
        return
    binary = which("redis-server")
    assert binary, "redis-server is not installed: the tests need Debian's package of that name"
    socket, log = folder / "redis.sock", folder / "redis.log"
    place = ["--unixsocket", str(socket), "--dir", str(folder), "--logfile", str(log)]
    store = OwnStore(f"unix://{socket}", [binary, *DURABLE, *place])
    try:
        yield store
    finally:
        store.stop()


@contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    store = EmbeddedStore(folder)
    with asyncio.Runner() as runner:
        runner.run(store.__aenter__())
        try:
            yield store.url
        finally:
            runner.run(store.__aexit__(None, None, None))
