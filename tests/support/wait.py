"""Waits for what must become true; its failure prints what was seen."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, overload

REPLY_SLACK_S = 30.0  # a busy machine takes its time; nobody waits so long for what is true


@overload
async def wait_until[T](
    look: Callable[[], Awaitable[T]], what: str, timeout_s: float = REPLY_SLACK_S
) -> T: ...


@overload
async def wait_until[T](
    look: Callable[[], T], what: str, timeout_s: float = REPLY_SLACK_S
) -> T: ...


async def wait_until(look: Callable[[], Any], what: str, timeout_s: float = REPLY_SLACK_S) -> Any:
    """Call `look` until it gives something true, and return that; `what` names the wish."""
    seen: object = None
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                found = look()
                seen = await found if isawaitable(found) else found
                if seen:
                    return seen
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"waited {timeout_s} s for {what}; last seen: {seen!r}") from None
