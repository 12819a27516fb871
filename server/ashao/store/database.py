"""The SQL database: SQLite in the data directory, or PostgreSQL; tables are made at start.

Streams and workers need none of it. One that is away or stays busy means DatabaseUnavailable.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
)

from ashao.errors import CannotStart, DatabaseUnavailable
from ashao.settings import Settings
from ashao.store.database_file import open_file
from ashao.store.engines import driver_errors, engine_of, writer_of
from ashao.store.group_writer import Work
from ashao.store.migrating import NewerTables, migrate
from ashao.store.private_folder import DATABASE, MIGRATIONS_LOCK, open_data_dir
from ashao.store.salvage import is_damage, mark
from ashao.store.tables import Base

LOCK_LOOK_S = 0.02
LONGEST_REASON = 200
_AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)
# PostgreSQL's classes of errors that are not about a statement: connections, roles, databases,
# transactions that were rolled back for another's sake, resources, operators, the system.
_AWAY_STATES = frozenset({"08", "28", "3D", "40", "53", "57", "58"})


class Session(AsyncSession):
    """A session whose end says plainly that the database is away."""

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Close it. Raises DatabaseUnavailable in place of what the driver raised."""
        await super().__aexit__(kind, error, traceback)
        if _means_away(error, self.get_bind().engine):
            raise DatabaseUnavailable from error


class Database:
    """Sessions on an open engine, and the way for what many write at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._writer = writer_of(engine) if engine.dialect.name == "sqlite" else None
        self._readers = engine.execution_options(is_reading=True)
        self._sessions = async_sessionmaker(engine, class_=Session, expire_on_commit=False)

    def session(self) -> AsyncSession:
        """A session; `async with database.session() as s, s.begin():` is one transaction."""
        return self._sessions()

    def reading(self) -> AsyncSession:
        """A session that only reads, and so waits for nobody who writes."""
        return self._sessions(bind=self._readers)

    @property
    def writing_engine(self) -> Engine:
        """The engine that `write` writes on."""
        return self._writer.engine if self._writer else self.engine.sync_engine

    async def write[T](self, work: Work[T]) -> T:
        """Do a piece of work as one transaction; what it gives, once it is committed.

        SQLite commits together what waits together. The work may raise, and then nothing is kept;
        it must do nothing but read and write the database. Raises DatabaseUnavailable.
        """
        try:
            if self._writer is not None:
                return await self._writer.run(work)
            async with self.engine.begin() as connection:
                return await connection.run_sync(work)
        except Exception as error:
            if _means_away(error, self.writing_engine):
                raise DatabaseUnavailable from error
            raise

    async def close(self) -> None:
        """Close every connection, once all that was to be written is."""
        if self._writer is not None:
            await self._writer.close()
        await self.engine.dispose()

    async def ready(self) -> None:
        """Return if it answers; raises what the driver raises if not."""
        async with self._readers.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def scrub(self) -> None:
        """Make SQLite's files forget what was deleted; call it after the deletion's commit.

        What a checkpoint cannot take while others read goes with the next one. PostgreSQL
        forgets by its own vacuum.
        """
        if self.engine.dialect.name != "sqlite":
            return
        async with self.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            checkpoint = await _driver(raw).execute("PRAGMA wal_checkpoint(TRUNCATE)")
            await checkpoint.close()


def _driver(raw: Any) -> Any:
    """The driver's own connection, outside of any transaction of SQLAlchemy's."""
    return raw.driver_connection


def _means_away(error: object, engine: Engine) -> bool:
    """Whether the database cannot be used; a damaged file is noted, for the next start to mend."""
    if is_damage(getattr(error, "orig", None)):
        mark(Path(str(engine.url.database)))
        return True
    if isinstance(error, _AWAY):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state[:2] in _AWAY_STATES


async def add_once(session: AsyncSession, row: object) -> bool:
    """Insert a row; False, and nothing changed, when its key is taken.

    Waits for another transaction that is about to take the same key.
    """
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def insert_once(connection: Connection, table: type[Base], **row: Any) -> Any:
    """Insert a row; its `id`, or None, and nothing changed, when its key is taken.

    Waits for another transaction that is about to take the same key.
    """
    return connection.scalar(_insertion(connection.dialect.name, table), row)


@cache
def _insertion(dialect: str, table: Any) -> Executable:
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing().returning(table.id)
    from sqlalchemy.dialects import postgresql  # half of what SQLAlchemy takes to load

    return postgresql.insert(table).on_conflict_do_nothing().returning(table.id)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """An open database with current tables; several processes may open it at once.

    Raises CannotStart.
    """
    await asyncio.to_thread(open_data_dir, settings.data_dir.resolve())
    with _said_plainly(settings):
        database = Database(engine_of(settings))
    is_sqlite = database.engine.dialect.name == "sqlite"
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        lock = _file_lock(settings.data_dir / MIGRATIONS_LOCK) if is_sqlite else nullcontext()
        with _said_plainly(settings):
            async with lock:
                if is_sqlite:
                    path = settings.data_dir.resolve() / DATABASE
                    await stack.enter_async_context(open_file(path))
                async with _patient(settings) as patient, patient.begin() as connection:
                    await connection.run_sync(migrate)
        yield database


@asynccontextmanager
async def _patient(settings: Settings) -> AsyncGenerator[AsyncEngine]:
    """An engine for what may take its time: a migration, or waiting for another's."""
    engine = engine_of(settings, answer_s=None)
    try:
        yield engine
    finally:
        await engine.dispose()


@contextmanager
def _said_plainly(settings: Settings) -> Iterator[None]:
    """Raises CannotStart for whatever keeps a database from being opened."""
    failures: tuple[type[Exception], ...]
    failures = (SQLAlchemyError, *driver_errors(settings), OSError, ValueError)
    of = "of ASHAO_DATABASE_URL" if settings.database_url else f"in {settings.data_dir}"
    try:
        yield
    except NewerTables as error:
        raise CannotStart(f"The database {of} was made by a newer version of ashao.") from error
    except ArgumentError as error:
        raise CannotStart("ASHAO_DATABASE_URL is not the address of a database.") from error
    except failures as error:
        if is_damage(getattr(error, "orig", None)):
            raise  # it can be mended: `open_file` says how
        raise CannotStart(f"The database {of} cannot be opened: {_reason(error)}.") from error


def _reason(error: BaseException) -> str:
    """The driver's own words in one line; they name hosts, roles and files, never a password."""
    said = getattr(error, "orig", None) or error
    words = said.strerror if isinstance(said, OSError) and said.strerror else str(said)
    line = " ".join(words.rpartition(">: ")[2].split()).rstrip(".")
    return line[:LONGEST_REASON] or type(said).__name__


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncGenerator[None]:
    """Held alone; looked for again and again, as its holder may be a task of this very loop."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        await _have_alone(lock)
        yield
    finally:
        os.close(lock)


async def _have_alone(descriptor: int) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(LOCK_LOOK_S)
