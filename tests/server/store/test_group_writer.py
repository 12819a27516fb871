"""SQLite's one writer: what waits together is committed together, and nothing less is promised."""

import asyncio
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from ashao.store.group_writer import GroupWriter


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[GroupWriter]:
    """On a database with one empty table."""
    engine = create_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda each: each.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE word (it TEXT UNIQUE)"))
    writer = GroupWriter(engine)
    yield writer
    await writer.close()


def _add(connection: Connection, word: str) -> str:
    connection.execute(text("INSERT INTO word VALUES (:it)"), {"it": word})
    return word


def _words(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return sorted(connection.scalars(text("SELECT it FROM word")))


class Busy:
    """Keeps the writer at work until it is told to go on."""

    def __init__(self, writer: GroupWriter) -> None:
        self.has_begun, self.may_end = threading.Event(), threading.Event()
        self.task = asyncio.create_task(writer.run(self._wait))

    def _wait(self, _: Connection) -> None:
        self.has_begun.set()
        self.may_end.wait()


async def _busy(writer: GroupWriter) -> Busy:
    busy = Busy(writer)
    await asyncio.to_thread(busy.has_begun.wait)
    return busy


async def _all_waiting(*tasks: asyncio.Task[str]) -> None:
    """Each task has put its work in line once it ran to where it waits."""
    for _ in tasks:
        await asyncio.sleep(0)


def _refused(connection: Connection) -> str:
    _add(connection, "refused")
    raise LookupError("no")


async def test_what_waits_together_is_one_commit_and_a_refusal_takes_only_its_own(
    writer: GroupWriter,
) -> None:
    commits: list[object] = []
    event.listen(writer.engine, "commit", commits.append)
    busy = await _busy(writer)
    works = [
        asyncio.create_task(writer.run(work))
        for work in (lambda c: _add(c, "a"), _refused, lambda c: _add(c, "b"))
    ]
    await _all_waiting(*works)
    busy.may_end.set()
    await busy.task
    one, refused, other = await asyncio.gather(*works, return_exceptions=True)
    assert (one, other) == ("a", "b")
    assert isinstance(refused, LookupError)
    assert len(commits) == 2
    assert _words(writer.engine) == ["a", "b"]


async def test_nobody_hears_of_success_before_the_commit(writer: GroupWriter) -> None:
    def fail(_: object) -> None:
        raise OSError("the disk is full")

    busy = await _busy(writer)
    works = [asyncio.create_task(writer.run(partial(_add, word=it))) for it in "ab"]
    await _all_waiting(*works)
    event.listen(writer.engine, "commit", fail)
    busy.may_end.set()
    ends = await asyncio.gather(busy.task, *works, return_exceptions=True)
    event.remove(writer.engine, "commit", fail)
    assert [type(end) for end in ends] == [OSError] * 3
    assert _words(writer.engine) == []
    assert await writer.run(lambda c: _add(c, "a")) == "a", "it goes on"


async def test_work_that_nobody_waits_for_any_longer_is_left_out(writer: GroupWriter) -> None:
    busy = await _busy(writer)
    gone = asyncio.create_task(writer.run(lambda c: _add(c, "gone")))
    stays = asyncio.create_task(writer.run(lambda c: _add(c, "stays")))
    await _all_waiting(gone, stays)
    gone.cancel()
    await asyncio.wait([gone])
    busy.may_end.set()
    assert await stays == "stays"
    assert _words(writer.engine) == ["stays"]


async def test_what_waits_at_the_end_is_written(writer: GroupWriter) -> None:
    busy = await _busy(writer)
    last = asyncio.create_task(writer.run(lambda c: _add(c, "last")))
    await _all_waiting(last)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    busy.may_end.set()
    await closing
    assert await last == "last"
    assert _words(writer.engine) == ["last"]
