"""The embedded store: a Valkey server in the data directory, shared by every process that uses it.

Each process holds a shared lock while it runs; the keeper (its own process) waits for the lock
to be free, which the kernel also makes it after kill -9, and only then stops the server. So the
store outlives any one orchestrator, and never the last. Each process also looks after the keeper:
if it was killed, and the server with it, the first one to notice starts another.
"""

import asyncio
import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from redis.asyncio import Redis as StandaloneRedis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError, ResponseError

from ashao.errors import StoreUnavailable
from ashao.settings import Settings
from ashao.store.redis import Redis, answering

log = structlog.get_logger(__name__)

LOOK_S = 0.02
WATCH_S = 1.0
START_S = 20.0  # loading a large file on a slow disk takes its time
LONGEST_SOCKET = 100  # bytes; the system's own limit is a little above


class EmbeddedStore:
    """Start with `async with`; then `url` leads to a server that answers."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir.resolve() / "store"
        self.socket = _socket_for(self._directory)
        self._users: int | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """For `ashao.store.redis.connect`."""
        return f"unix://{self.socket}"

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._join)
        try:
            await self._wait_until_it_answers()
        except BaseException:
            self._leave()
            raise
        self._watching = asyncio.create_task(self._watch(), name="embedded-store")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._leave()

    def _join(self) -> None:
        """Become a user of a server that is kept."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A keeper that is stopping its server holds this lock alone: wait for it to finish.
        self._users = _open(self._directory / "users.lock")
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self._have_it_kept()

    def _have_it_kept(self) -> bool:
        """If nobody keeps a server, start a keeper; whether that was so."""
        with _starting(self._directory):
            is_kept = _is_kept(self._directory)
            if not is_kept:
                self._start_keeper()
        return not is_kept

    async def _watch(self) -> None:
        """As long as there is a user there is a keeper."""
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                if await asyncio.to_thread(self._have_it_kept):
                    log.warning("store_keeper_was_gone")
            except OSError as error:
                log.warning("store_is_not_kept", error=type(error).__name__)

    def _start_keeper(self) -> None:
        """A session of its own, so that Ctrl-C reaches the orchestrator only."""
        with (self._directory / "store.log").open("ab") as output:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "ashao.store.keeper", self._directory, self.socket],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
            )
        assert keeper.stdout is not None
        with keeper.stdout as reply:
            reply.read()  # closed: it holds its lock now, or is gone
        keeper.returncode = 0  # it outlives us on purpose

    async def _wait_until_it_answers(self) -> None:
        patience = Retry(ConstantBackoff(LOOK_S), int(START_S / LOOK_S))
        client = StandaloneRedis(unix_socket_path=str(self.socket), retry=patience)
        try:
            async with asyncio.timeout(START_S):
                await client.ping()
        except (RedisError, OSError, TimeoutError) as error:
            log = self._directory / "store.log"
            raise StoreUnavailable(f"The embedded store did not start; see {log}.") from error
        finally:
            await client.aclose()

    def _leave(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None


@asynccontextmanager
async def store_url(settings: Settings) -> AsyncGenerator[str]:
    """Where the store is: the one that the settings name, or the embedded one, kept meanwhile."""
    if settings.redis_url:
        yield settings.redis_url
        return
    async with EmbeddedStore(settings.data_dir) as embedded:
        yield embedded.url


async def rewrite_file(redis: Redis) -> bool:
    """Make the embedded store's file forget what was deleted since the last time.

    Call it about every minute. False when there was nothing to forget, or it is being done.
    Raises StoreUnavailable.
    """
    with answering():
        facts = await redis.info("persistence")
        if facts.get("aof_current_size") == facts.get("aof_base_size"):
            return False
        try:
            await redis.bgrewriteaof()
        except ResponseError:  # one is under way
            return False
    return True


def _socket_for(directory: Path) -> Path:
    """In the directory, unless that path is longer than a socket's may be."""
    socket = directory / "store.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET:
        return socket
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"ashao-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid():
        raise StoreUnavailable(f"{short} belongs to somebody else.")
    return short / "store.sock"


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _starting(directory: Path) -> Iterator[None]:
    """One process at a time looks for a keeper and starts one."""
    descriptor = _open(directory / "start.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_kept(directory: Path) -> bool:
    """Whether a keeper lives: it holds its lock as long as it does."""
    descriptor = _open(directory / "keeper.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
