"""Waiting in real time for something to become so."""

import asyncio
import time
from collections.abc import Callable


async def wait_until(predicate: Callable[[], object], what: str, within_s: float = 20) -> None:
    """Returns as soon as it is so; the failure says what never came."""
    give_up_at = time.monotonic() + within_s
    while not predicate():
        assert time.monotonic() < give_up_at, f"{what}: not within {within_s} s"
        await asyncio.sleep(0.01)
