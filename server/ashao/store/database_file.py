"""Has SQLite's file in order: salvaged before it is opened, looked through after an unclean end."""

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ashao.errors import DatabaseUnavailable
from ashao.store import salvage
from ashao.tasks import spawn

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_file(path: Path) -> AsyncGenerator[None]:
    """Held open together with others; one that is marked as damaged is salvaged first.

    Call it while nobody else starts. Raises DatabaseUnavailable.
    """
    is_suspect = salvage.was_left_open(path)
    lock = os.open(
        path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    stop = Event()
    checking: asyncio.Task[None] | None = None
    try:
        await asyncio.to_thread(_salvage_if_marked, path, lock)
        fcntl.flock(lock, fcntl.LOCK_SH)
        if is_suspect:
            checking = spawn("database-check", _check(path, stop))
        yield
    except SQLAlchemyError as error:
        if not salvage.is_damage(getattr(error, "orig", None)):
            raise
        salvage.mark(path)
        raise DatabaseUnavailable(
            f"The database {path} is damaged: start again, and what can be read from it is kept."
        ) from error
    finally:
        stop.set()
        if checking is not None:
            await asyncio.gather(checking, return_exceptions=True)
        os.close(lock)


def _salvage_if_marked(path: Path, lock: int) -> None:
    if not salvage.is_marked(path):
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.error("database_is_damaged", cure="end all processes that use it, and start again")
        return
    try:
        kept, rows = salvage.salvage(path)
    except salvage.Unsalvageable as error:
        raise DatabaseUnavailable(
            f"The database {path} is damaged, and nothing can be read from it: restore it from a "
            f"backup, and delete {path.name}.damaged beside it."
        ) from error
    log.error("database_was_salvaged", kept_as=str(kept), rows=rows)


async def _check(path: Path, stop: Event) -> None:
    """Beside the serving: most ends without a goodbye damage nothing."""
    if not await asyncio.to_thread(salvage.seems_whole, path, stop):
        salvage.mark(path)
        log.error("database_is_damaged", cure="the next start reads what it can from it")
