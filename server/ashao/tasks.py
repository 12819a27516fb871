"""Starts every background task of a process, and logs what goes wrong in it.

The log gets a defect's kind and place, never its text: that may hold somebody's words.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

log = structlog.get_logger(__name__)

PAUSE_S = 1.0

# The event loop itself holds tasks weakly: one that nobody keeps could vanish halfway.
_running: set[asyncio.Task[Any]] = set()


def spawn[T](
    name: str, coroutine: Coroutine[Any, Any, T], *, handled: tuple[type[Exception], ...] = ()
) -> asyncio.Task[T]:
    """Start a task. An error that ends it is logged as a defect; a cancellation is none.

    `handled` are the errors that whoever awaits the task deals with.
    """
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)

    def on_done(ended: asyncio.Task[T]) -> None:
        _running.discard(ended)
        error = None if ended.cancelled() else ended.exception()
        if isinstance(error, Exception) and not isinstance(error, handled):
            log_defect(error, task=name)

    task.add_done_callback(on_done)
    return task


@asynccontextmanager
async def going_on(name: str, pause_s: float | None = None) -> AsyncGenerator[None]:
    """Around one round of a loop: a defect is logged, and after a pause the loop goes on."""
    try:
        yield
    except Exception as error:
        log_defect(error, task=name)
        await asyncio.sleep(PAUSE_S if pause_s is None else pause_s)


async def cancel_and_join(*tasks: asyncio.Task[Any]) -> None:
    """Cancel the tasks and wait until they have ended, however they do."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def log_defect(error: BaseException, **context: object) -> None:
    """Say what kind of error happened, and in which line."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    log.error(
        "defect",
        kind=type(error).__name__,
        file=place.tb_frame.f_code.co_filename if place else None,
        line=place.tb_lineno if place else None,
        **context,
    )
