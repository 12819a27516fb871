"""The database comes up whole: however many start at once, and just as the models say."""

import asyncio
import fcntl
import importlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, delete, inspect, text, update
from sqlalchemy.exc import DBAPIError

from ashao.errors import CannotStart, DatabaseUnavailable
from ashao.identity.owners import OwnerId
from ashao.ledger.ledger import Ledger
from ashao.ledger.statement import Statement
from ashao.ledger.tables import Entry, Transfer
from ashao.settings import Settings
from ashao.store.database import Database, open_database
from ashao.store.engines import engine_of
from ashao.store.migrating import MIGRATIONS
from ashao.store.tables import Base
from tests.support.databases import KINDS, Cluster, opened
from tests.support.ledgers import open_account
from tests.support.wait import wait_until


@pytest.fixture(params=KINDS)
async def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Settings]:
    """Where there is no table yet."""
    if request.param == "sqlite":
        yield Settings(data_dir=tmp_path)
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    async with cluster.empty() as url:
        yield Settings(data_dir=tmp_path, database_url=url)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_database_that_cannot_be_reached_is_unavailable(kind: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    url = f"postgresql://postgres@/ashao?host={nowhere}" if kind == "postgresql" else ""
    database = Database(engine_of(Settings(data_dir=nowhere, database_url=url)))
    for session in (database.session(), database.reading()):
        with pytest.raises(DatabaseUnavailable):
            async with session, session.begin():
                await session.execute(text("SELECT 1"))
    await database.engine.dispose()
    await wait_until(lambda: not _driver_threads(), "the driver's threads to end")


async def test_a_database_that_is_frozen_is_unavailable_soon(
    tmp_path: Path, cluster: Cluster
) -> None:
    """In the middle of a transaction, at its beginning, and for more than there are connections."""
    async with cluster.fresh() as url:
        settings = Settings(data_dir=tmp_path, database_url=url)
        database = Database(engine_of(settings, answer_s=0.3))
        with pytest.raises(DatabaseUnavailable):
            async with database.session() as session, session.begin():
                await session.execute(text("SELECT 1"))
                with cluster.frozen():
                    many = [_asked(database) for _ in range(20)]
                    async with asyncio.timeout(30):
                        found = await asyncio.gather(*many, return_exceptions=True)
                        assert {type(each) for each in found} == {DatabaseUnavailable}
                        await session.execute(text("SELECT 1"))
        await _asked(database)
        await database.engine.dispose()


async def _asked(database: Database) -> None:
    async with database.reading() as session, session.begin():
        await session.execute(text("SELECT 1"))


def _driver_threads() -> list[threading.Thread]:
    """SQLite's; one that outlives its loop complains somewhere else."""
    return [each for each in threading.enumerate() if "_connection_worker" in each.name]


async def test_no_error_of_the_database_repeats_what_was_written(database: Database) -> None:
    """It may be somebody's words, and errors end up in logs."""
    with pytest.raises(DBAPIError) as failed:
        async with database.engine.connect() as connection:
            asked = text("SELECT * FROM nowhere WHERE name = :it")
            await connection.execute(asked, {"it": "quetzal"})
    assert "nowhere" in str(failed.value)
    assert "quetzal" not in str(failed.value)


async def test_the_tables_are_what_the_models_say(database: Database) -> None:
    for room in ("history", "identity", "ledger"):
        importlib.import_module(f"ashao.{room}.tables")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_migrations_can_be_undone_to_nothing(settings: Settings) -> None:
    async with open_database(settings) as database, database.engine.begin() as connection:
        await connection.run_sync(_downgrade)
        assert await connection.run_sync(_tables) == ["alembic_version"]


def _tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def _downgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, "base")


async def test_those_that_start_at_once_make_the_tables_once(settings: Settings) -> None:
    """Threads, each with a loop of its own: to the locks they are as good as processes."""

    async def start() -> int:
        async with open_database(settings) as database:
            return (await Statement(database).totals()).granted

    assert await asyncio.gather(
        *(asyncio.to_thread(lambda: asyncio.run(start())) for _ in range(4))
    ) == [0, 0, 0, 0]


async def test_one_loop_may_open_it_twice_at_once(settings: Settings) -> None:
    """Whoever waits for the lock leaves the loop to its holder."""

    async def start() -> None:
        async with open_database(settings) as database:
            await database.ready()

    await asyncio.gather(start(), start())


async def test_an_opening_waits_while_another_process_makes_tables(tmp_path: Path) -> None:
    with (tmp_path / "migrations.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        opening = asyncio.create_task(asyncio.to_thread(asyncio.run, _open(tmp_path)))
        await asyncio.wait([opening], timeout=1)
        assert not opening.done()
    await opening


async def _open(data_dir: Path) -> None:
    async with opened(data_dir) as database:
        await database.ready()


async def test_a_second_opening_keeps_what_is_there(settings: Settings) -> None:
    async with open_database(settings) as database:
        await open_account(Ledger(database), database, "ann")
    async with open_database(settings) as database:
        assert await Ledger(database).balance(OwnerId("account:ann")) == 500


async def test_a_database_that_is_away_is_not_ready(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        await database.ready()
    nowhere = f"postgresql://postgres@/nothing?host={tmp_path}"
    with pytest.raises(CannotStart):
        async with opened(tmp_path, nowhere):
            raise AssertionError("nobody answers there")


async def test_the_ledgers_lines_cannot_be_changed_or_deleted(database: Database) -> None:
    await open_account(Ledger(database), database, "ann")
    changes = [
        update(Entry).values(credits=1_000_000),
        update(Transfer).values(reference="other"),
        delete(Entry),
        delete(Transfer),
    ]
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.session() as session, session.begin():
                await session.execute(change)
    assert await Ledger(database).balance(OwnerId("account:ann")) == 500


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.session() as writer, writer.begin():
        await writer.execute(text("UPDATE book SET balance = 7 WHERE name = 'held'"))
        async with asyncio.timeout(5):
            await database.ready()
            assert (await Statement(database).totals()).held == 0
    assert (await Statement(database).totals()).held == 7
