"""Real databases for tests: SQLite files, and a private PostgreSQL, started when first needed."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from pwd import getpwall, getpwnam
from shutil import which

from sqlalchemy import NullPool, insert, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ashao.ledger.double_entry import COMMON
from ashao.ledger.tables import Book
from ashao.settings import Settings
from ashao.store.database import Database, open_database

TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
KINDS = ("sqlite", "postgresql")
ENCODING = ("-E", "UTF8", "--locale=C", "--no-sync")
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")


class Cluster:
    """A PostgreSQL on a socket in its own folder; each test finds nothing in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._fresh: str | None = None

    def url(self, database: str) -> str:
        """Where a database of this cluster is."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It stays connected and answers nothing, and its connections are taken by the kernel."""
        server = (self._folder / "data" / "postmaster.pid").read_text().split()[0]
        found = Path("/proc", server, "task", server, "children").read_text().split()
        pids = [int(server), *map(int, found)]
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in reversed(pids):
                os.kill(pid, signal.SIGCONT)

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        """The address of a database with current tables and nothing in them."""
        if self._fresh is None:
            async with self._connected("postgres") as admin:
                await admin.execute(text("CREATE DATABASE fresh"))
            async with opened(Path(tempfile.gettempdir()), self.url("fresh")):
                self._fresh = self.url("fresh")
        yield self._fresh
        await self._clear()

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """The address of a database without any tables."""
        name = f"empty_{next(self._numbers)}"
        async with self._connected("postgres") as admin:
            await admin.execute(text(f"CREATE DATABASE {name}"))
            yield self.url(name)
            await admin.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))

    async def _clear(self) -> None:
        """As the migrations leave it: much sooner done than another database."""
        async with self._connected("fresh") as connection:
            tables = await connection.scalars(text(TABLES))
            await connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY"))
            for name in COMMON:
                await connection.execute(insert(Book).values(name=name, balance=0))

    def _connected(self, database: str) -> AbstractAsyncContextManager[AsyncConnection]:
        return _connected(self.url(database))


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[AsyncConnection]:
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        yield connection


async def rows_of(database_url: str) -> str:
    """All that the tables of a PostgreSQL database hold, as text."""
    async with _connected(database_url) as connection:
        tables = (await connection.scalars(text(TABLES))).all()
        found = [await connection.scalars(text(f"SELECT t::text FROM {t} t")) for t in tables]
    return "\n".join(row for rows in found for row in rows)


@contextmanager
def postgresql() -> Iterator[Cluster]:
    """A running cluster in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="ashao-pg-"))
    data = str(folder / "data")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        _call(folder, "initdb", "-D", data, "-U", "postgres", "-A", "trust", *ENCODING)
        options = " ".join(
            f"-c {option}" for option in (*OPTIONS, f"unix_socket_directories={folder}")
        )
        log = str(folder / "server.log")
        _call(folder, "pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)
        stack.callback(_call, folder, "pg_ctl", "stop", "-w", "-m", "fast", "-D", data)
        yield Cluster(folder)


@asynccontextmanager
async def opened(data_dir: Path, database_url: str = "") -> AsyncIterator[Database]:
    """A database as the orchestrator opens it."""
    async with open_database(Settings(data_dir=data_dir, database_url=database_url)) as database:
        yield database


def _call(folder: Path, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; they refuse to be root, so it is somebody else then."""
    command = [_binary(name), *arguments]
    if os.getuid() == 0:
        user = "postgres" if "postgres" in {each.pw_name for each in getpwall()} else "nobody"
        shutil.chown(folder, user)
        group = getpwnam(user).pw_gid
        run = partial(subprocess.run, user=user, group=group, extra_groups=[])
    else:
        run = partial(subprocess.run)
    with (folder.parent / f"{folder.name}.log").open("w+") as said:
        done = run(command, cwd=folder, stdout=said, stderr=said)
        said.seek(0)
        assert done.returncode == 0, said.read()
    os.unlink(said.name)


def _binary(name: str) -> str:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = which(name) or next(
        (str(place / name) for place in places if (place / name).exists()), None
    )
    assert found, f"{name} is not installed: the tests need Debian's package postgresql"
    return found
