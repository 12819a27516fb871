"""The SQL database: SQLite in the data directory, or PostgreSQL; tables are made at start.

Streams and workers need none of it. One that is away or stays busy means DatabaseUnavailable.
"""

import fcntl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from ashao.errors import DatabaseUnavailable
from ashao.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 7_272_201  # any number, the same in every process
BUSY_MS = 10_000
_AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)
# PostgreSQL's classes of errors that are not about a statement: connections, roles, databases,
# transactions that were rolled back for another's sake, resources, operators, the system.
_AWAY_STATES = frozenset({"08", "28", "3D", "40", "53", "57", "58"})


class Session(AsyncSession):
    """A session whose end says plainly that the database is away."""

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Close it. Raises DatabaseUnavailable in place of what the driver raised."""
        await super().__aexit__(kind, error, traceback)
        if _is_away(error):
            raise DatabaseUnavailable from error


class Database:
    """Sessions on an open engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._readers = engine.execution_options(is_reading=True)
        self._sessions = async_sessionmaker(engine, class_=Session, expire_on_commit=False)

    def session(self) -> AsyncSession:
        """A session; `async with database.session() as s, s.begin():` is one transaction."""
        return self._sessions()

    def reading(self) -> AsyncSession:
        """A session that only reads, and so waits for nobody who writes."""
        return self._sessions(bind=self._readers)

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


def _is_away(error: object) -> bool:
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


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """An open database with current tables; several processes may open it at once."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = engine_of(settings)
    try:
        with _file_lock(settings) if engine.dialect.name == "sqlite" else nullcontext():
            async with engine.begin() as connection:
                await connection.run_sync(_migrate)
        yield Database(engine)
    finally:
        await engine.dispose()


def engine_of(settings: Settings) -> AsyncEngine:
    """The engine that the settings name; nothing is opened until it is used."""
    if settings.database_url:
        url = _postgresql(settings.database_url)
        return create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
    path = settings.data_dir.resolve() / "ashao.sqlite"
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _postgresql(given: str) -> URL:
    """The address for asyncpg, which calls libpq's `sslmode` `ssl`."""
    url = make_url(given).set(drivername="postgresql+asyncpg")
    mode = url.query.get("sslmode")
    if mode is None:
        return url
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def _driver(raw: Any) -> Any:
    """The driver's own connection, outside of any transaction of SQLAlchemy's."""
    return raw.driver_connection


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Readers beside a writer, keys that hold, and deleted text that is really gone."""
    connection.isolation_level = None  # we begin transactions ourselves
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # One that reads first and writes later would be refused instead of waiting for its turn.
    is_reading = connection.get_execution_options().get("is_reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


@contextmanager
def _file_lock(settings: Settings) -> Generator[None]:
    with (settings.data_dir / "migrations.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
