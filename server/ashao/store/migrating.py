"""Brings the tables up to date: by Alembic, which is loaded only when there is something to do."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = MIGRATIONS / "versions"
MIGRATION_LOCK = 7_272_201  # any number, the same in every process
VERSION_TABLE = "alembic_version"
# Columns that may be null need no revision: an older server starts on tables that have them, too,
# so that an operator may roll back. What is kept in them it does not see.
ADDED = {"message": {"kind": "VARCHAR(16)", "model": "VARCHAR(200)", "machines": "INTEGER"}}


class NewerTables(Exception):
    """The tables have a revision that this version does not know."""


def migrate(connection: Connection) -> None:
    """Make every table current, in the connection's transaction. Raises NewerTables."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    if not _is_current(connection):
        _upgrade(connection)
    _add_columns(connection)


def _is_current(connection: Connection) -> bool:
    """Whether the tables are of the newest revision: a revision begins its file's name."""
    newest = max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))
    if not inspect(connection).has_table(VERSION_TABLE):
        return False
    rows = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return rows.scalars().all() == [newest]


def _add_columns(connection: Connection) -> None:
    for table, columns in ADDED.items():
        there = {each["name"] for each in inspect(connection).get_columns(table)}
        for name, kind in columns.items():
            if name not in there:
                connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {name} {kind}"))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise NewerTables from error
