"""A damaged SQLite file: what can be read is there after the next start, which says so."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from ashao.errors import DatabaseUnavailable
from ashao.store import salvage
from ashao.store.private_folder import DATABASE
from tests.support.databases import opened
from tests.support.wait import wait_until

ROWS = 3_000
PAGE = 4096


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database that was closed, with our tables and one long one."""
    async with opened(tmp_path):
        pass
    file = tmp_path / DATABASE
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT, raw BLOB)")
        words = [(number, f"word {number}" * 5, b"\xff\x00") for number in range(1, ROWS + 1)]
        connection.executemany("INSERT INTO words VALUES (?, ?, ?)", words)
        connection.commit()
    return file


def _leaves(path: Path) -> list[int]:
    """Where the pages begin that hold only rows of the long table."""
    content = path.read_bytes()
    pages = range(0, len(content), PAGE)
    return [at for at in pages if content[at] == 13 and b"word 1" in content[at : at + PAGE]]


def _content(path: Path) -> bytes:
    return path.read_bytes()


def _damage(path: Path, *places: int) -> None:
    content = bytearray(path.read_bytes())
    for at in places:
        content[at : at + PAGE] = bytes(PAGE)
    path.write_bytes(content)


@pytest.mark.sample(2)
@pytest.mark.parametrize("seed", range(6))
async def test_what_can_be_read_of_a_damaged_database_is_there(seed: int, path: Path) -> None:
    leaves = _leaves(path)
    _damage(path, *Random(seed).sample(leaves, 1 + seed % 3))
    damaged = _content(path)
    assert not salvage.seems_whole(path, Event())
    salvage.mark(path)
    with capture_logs() as logs:
        async with opened(path.parent) as database, database.reading() as session:
            found = (await session.execute(text("SELECT id, word, raw FROM words"))).all()
    assert ROWS * 0.7 < len(found) < ROWS
    assert all((word, raw) == (f"word {n}" * 5, b"\xff\x00") for n, word, raw in found)
    said = next(each for each in logs if each["event"] == "database_was_salvaged")
    assert said["rows"]["words"] == len(found)
    assert _content(Path(said["kept_as"])) == damaged
    assert salvage.seems_whole(path, Event())
    assert not salvage.is_marked(path)


async def test_damage_that_somebody_meets_is_an_outage_and_marked(path: Path) -> None:
    _damage(path, *_leaves(path))
    async with opened(path.parent) as database:
        with pytest.raises(DatabaseUnavailable):
            async with database.reading() as session:
                await session.execute(text("SELECT sum(length(word)) FROM words"))
    assert salvage.is_marked(path)


async def test_an_unclean_end_has_the_file_looked_through(path: Path) -> None:
    """Its last writes are beside it: nobody closed it."""
    _damage(path, _leaves(path)[0])
    async with opened(path.parent):
        assert not salvage.is_marked(path)
    with closing(sqlite3.connect(path)) as other:  # as one that was killed leaves it
        other.execute("CREATE TABLE more (id INTEGER)")
        assert salvage.was_left_open(path)
        async with opened(path.parent):
            await wait_until(lambda: salvage.is_marked(path), "the damage to be found")


async def test_a_database_that_others_have_open_is_not_salvaged(path: Path) -> None:
    async with opened(path.parent):
        salvage.mark(path)
        async with opened(path.parent):
            assert salvage.is_marked(path)
    async with opened(path.parent):
        assert not salvage.is_marked(path)


async def test_what_cannot_be_salvaged_is_said_and_left_as_it_was(path: Path) -> None:
    _damage(path, 0)
    damaged = _content(path)
    with pytest.raises(DatabaseUnavailable, match=r"is damaged: start again, .*\.$"):
        async with opened(path.parent):
            pass
    with pytest.raises(DatabaseUnavailable, match=r"restore it from a backup, and delete .*\.$"):
        async with opened(path.parent):
            pass
    assert _content(path) == damaged
    assert not list(path.parent.glob("*.damaged-*"))
