"""A token's way from whoever says it to whoever reads it, the same for all that are compared."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from bench.wire import Poster

MARK = b'"word '  # in each event that brings a piece, and in no other

type Say = Callable[[int, int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Channel:
    """One answer: `say` sends the piece of a number, of so many tokens; its reader's `frames`."""

    say: Say
    frames: AsyncGenerator[bytes]
    numbers: Iterator[int] = field(default_factory=count)

    async def relay(self, tokens: int) -> float:
        """Say the next piece; seconds until it is at the reader."""
        hearing = asyncio.create_task(self._heard())
        begun = time.perf_counter()
        await self.say(next(self.numbers), tokens)
        return await hearing - begun

    async def _heard(self) -> float:
        while MARK not in await anext(self.frames):
            pass
        return time.perf_counter()


class Relay(Protocol):
    """A running server that opens channels."""

    @property
    def pid(self) -> int:
        """Its process."""

    def channels(self, count: int) -> AbstractAsyncContextManager[list[Channel]]:
        """So many new ones."""


def piece(seq: int, tokens: int) -> str:
    """The text of a piece, no two of them the same: LiteLLM ends an answer that repeats itself."""
    return f"word {seq} {'word ' * (tokens - 1)}"


def posting(poster: Poster, head: str) -> Say:
    """Says a piece by a post whose body begins so."""

    async def say(seq: int, tokens: int) -> None:
        value = f'"seq":{seq},"value":"{piece(seq, tokens)}","tokens":{tokens}}}'
        await poster.post((head + value).encode())

    return say
