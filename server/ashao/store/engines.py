"""SQLAlchemy's engines: PostgreSQL's, and SQLite's with its one writer."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ashao.settings import Settings
from ashao.store.group_writer import GroupWriter
from ashao.store.private_folder import DATABASE

BUSY_MS = 10_000
ANSWER_S = 10.0  # PostgreSQL's, to a statement and a new connection; who waits for one as long


def engine_of(settings: Settings, *, answer_s: float | None = ANSWER_S) -> AsyncEngine:
    """The engine that the settings name; nothing is opened until it is used.

    A PostgreSQL that is silent for `answer_s` is away: frozen, or behind a dead connection.
    """
    if settings.database_url:
        url = _postgresql(settings.database_url)
        return create_async_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=answer_s or ANSWER_S,
            connect_args={"timeout": answer_s or ANSWER_S, "command_timeout": answer_s},
            hide_parameters=True,
        )
    path = settings.data_dir.resolve() / DATABASE
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", hide_parameters=True)
    _listen(engine.sync_engine)
    return engine


def writer_of(engine: AsyncEngine) -> GroupWriter:
    """On a connection of the standard library's driver: it has a thread already."""
    url = engine.url.set(drivername="sqlite")
    return GroupWriter(_listen(create_engine(url, hide_parameters=True)))


def driver_errors(settings: Settings) -> tuple[type[Exception], ...]:
    """What a driver raises while it connects, as SQLAlchemy hands it on."""
    if not settings.database_url:
        return ()
    from asyncpg import PostgresError  # a driver that only this database needs

    return (PostgresError,)


def _listen(engine: Engine) -> Engine:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql(given: str) -> URL:
    """The address for asyncpg, which calls libpq's `sslmode` `ssl`."""
    url = make_url(given).set(drivername="postgresql+asyncpg")
    mode = url.query.get("sslmode")
    if mode is None:
        return url
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


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
