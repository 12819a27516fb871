"""Tasks that live and die together: nothing that was started here outlives the call."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


async def race[T](*works: Coroutine[object, object, T]) -> T:
    """Run all until one ends; cancel the rest, wait for them, and return or raise as it did.

    When several end at once the one named first counts, but a failure among them is raised.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = [task for task in tasks if task.done()]
        await _cancel_all(tasks)
    results = [task.result() for task in ended]
    return results[0]


async def run_together(*works: Coroutine[object, object, object]) -> None:
    """Run all to their end; when one fails, cancel the rest, wait for them, and raise it.

    An asyncio.TaskGroup whose first failure is raised bare, as callers catch it.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures.exceptions[0].__cause__


async def _cancel_all(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
