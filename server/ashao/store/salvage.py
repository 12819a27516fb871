"""A damaged SQLite file: noticed, marked, and at the next start read into a fresh one.

Not while it is served: others write it, and what they wrote would be lost with it. A copy of the
damaged file is kept, with the last writes that are beside it.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from threading import Event
from time import monotonic

CHECK_S = 10.0
LOOK_EVERY = 10_000  # steps of SQLite's machine
LARGEST_STEP = 40  # of doubling, over what cannot be read
VERSION = "alembic_version"


class Unsalvageable(Exception):
    """Not even the tables' names can be read, or not which version they are of."""


def was_left_open(path: Path) -> bool:
    """Whether somebody has it open, or ended without closing it: its last writes are beside it."""
    return _beside(path, "-wal").exists()


def is_marked(path: Path) -> bool:
    """Whether somebody found it damaged."""
    return _beside(path, ".damaged").exists()


def mark(path: Path) -> None:
    """Have the next start salvage it, if the disk takes as much as a mark."""
    with suppress(OSError):
        _beside(path, ".damaged").touch(0o600)


def is_damage(error: object) -> bool:
    """Whether SQLite says that its file makes no sense."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def seems_whole(path: Path, stop: Event) -> bool:
    """Look through the file until told to stop, CHECK_S at most; what was not seen is whole."""
    until = monotonic() + CHECK_S
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.set_progress_handler(lambda: stop.is_set() or monotonic() > until, LOOK_EVERY)
        try:
            said: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return not is_damage(error)
    return said == "ok"


def salvage(path: Path) -> tuple[Path, dict[str, int]]:
    """Read what can be read into a fresh file in its place, while nobody else has it open.

    The copy of the damaged one, and how many rows each table has now. Raises Unsalvageable, and
    then the file is as it was; OSError.
    """
    kept = _copy(path)
    fresh = _beside(path, ".salvaged")
    fresh.unlink(missing_ok=True)
    fresh.touch(0o600)
    try:
        with closing(sqlite3.connect(path)) as damaged, closing(sqlite3.connect(fresh)) as whole:
            damaged.text_factory = _text
            rows = _pour(damaged, whole)
    except Unsalvageable:
        for each in (kept, _beside(kept, "-wal"), fresh):
            each.unlink(missing_ok=True)
        raise
    for ending in ("-wal", "-shm"):  # they would be taken for the fresh file's
        _beside(path, ending).unlink(missing_ok=True)
    os.replace(fresh, path)
    _beside(path, ".damaged").unlink(missing_ok=True)
    return kept, rows


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _copy(path: Path) -> Path:
    names = (_beside(path, f".damaged-{number}") for number in count(1))
    kept = next(each for each in names if not each.exists())
    for ending in ("", "-wal"):
        if (source := _beside(path, ending)).exists():
            shutil.copyfile(source, _beside(kept, ending))
            _beside(kept, ending).chmod(0o600)
    return kept


def _pour(damaged: sqlite3.Connection, whole: sqlite3.Connection) -> dict[str, int]:
    try:
        schema = damaged.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    except sqlite3.DatabaseError as error:
        raise Unsalvageable from error
    made = [each for each in schema if each[2] is not None and not each[1].startswith("sqlite_")]
    for _, _, sql in sorted(made, key=lambda each: each[0] != "table"):
        whole.execute(sql)
    tables = [name for kind, name, _ in made if kind == "table"]
    rows = {name: sum(_put(whole, name, row) for row in _rows(damaged, name)) for name in tables}
    whole.commit()
    if not rows.get(VERSION):
        raise Unsalvageable
    return rows


def _put(whole: sqlite3.Connection, table: str, row: tuple[object, ...]) -> int:
    """1, or 0 for a row that no longer fits the table's rules."""
    places = ", ".join("?" * len(row))
    put = whole.execute(f'INSERT OR IGNORE INTO "{table}" VALUES ({places})', row)
    return put.rowcount


def _text(stored: bytes) -> str:
    return stored.decode(errors="replace")


def _rows(damaged: sqlite3.Connection, table: str) -> Iterator[tuple[object, ...]]:
    """All that can be read, in order; over what cannot be it is gone on behind."""
    start: int | None = 0
    while start is not None:
        try:
            for rowid, *row in _from(damaged, table, start):
                yield tuple(row)
                start = rowid + 1
            return
        except sqlite3.DatabaseError:
            start = _next_readable(damaged, table, start)


def _next_readable(damaged: sqlite3.Connection, table: str, start: int) -> int | None:
    """The first number of a row behind `start` from which it can be read on, or None."""
    steps = (1 << power for power in range(LARGEST_STEP))
    step: int | None = next(
        (each for each in steps if _is_readable(damaged, table, start + each)), None
    )
    if step is None:
        return None
    low, high = start + step // 2, start + step
    while low + 1 < high:
        middle = (low + high) // 2
        if _is_readable(damaged, table, middle):
            high = middle
        else:
            low = middle
    return high


def _is_readable(damaged: sqlite3.Connection, table: str, start: int) -> bool:
    try:
        _from(damaged, table, start).fetchone()
    except sqlite3.DatabaseError:
        return False
    return True


def _from(damaged: sqlite3.Connection, table: str, start: int) -> sqlite3.Cursor:
    asked = f'SELECT rowid, * FROM "{table}" WHERE rowid >= ? ORDER BY rowid'
    return damaged.execute(asked, (start,))
