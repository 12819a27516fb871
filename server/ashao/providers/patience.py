"""How long to wait for a provider, and how often to ask again.

Only silence is retried: once a word has come, a failure belongs to the caller, who continues the
answer elsewhere. Pauses between tries count against the time to the first token.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from ashao.clock import Clock
from ashao.providers.failures import Failure, ProviderError

RETRIED = frozenset({Failure.RATE_LIMITED, Failure.UNAVAILABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Times in seconds; `tries` counts the first one too."""

    first_token_s: float = 30.0
    between_tokens_s: float = 15.0
    tries: int = 3
    first_pause_s: float = 0.25
    longest_pause_s: float = 3.0

    def pause_s(self, error: ProviderError, tried: int) -> float | None:
        """How long to wait before the next try; None when there should be none."""
        if error.code not in RETRIED or tried >= self.tries:
            return None
        pause_s = error.retry_after_s
        if pause_s is None:
            pause_s = self.first_pause_s * 2.0 ** (tried - 1)
        return pause_s if pause_s <= self.longest_pause_s else None


async def persistent[T](
    begin: Callable[[], AsyncGenerator[T]], patience: Patience, clock: Clock
) -> AsyncGenerator[T]:
    """The pieces of the first try that speaks.

    Raises ProviderError: of the last try, or of any after its first piece; a provider that is
    gone by then has broken off (broken stream).
    """
    tried = 0
    while True:
        tried += 1
        has_spoken = False
        try:
            async with aclosing(begin()) as pieces:
                async for piece in pieces:
                    has_spoken = True
                    yield piece
            return
        except ProviderError as error:
            if has_spoken and error.code is Failure.UNAVAILABLE:
                raise ProviderError(Failure.BROKEN_STREAM, cause=error.cause) from None
            pause_s = None if has_spoken else patience.pause_s(error, tried)
            if pause_s is None:
                raise
        await clock.sleep(pause_s)


async def timely[T](pieces: AsyncGenerator[T], patience: Patience) -> AsyncGenerator[T]:
    """The same pieces; raises ProviderError (timeout) when one is late."""
    allowed_s = patience.first_token_s
    async with aclosing(pieces):
        while True:
            try:
                async with asyncio.timeout(allowed_s):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError:
                break
            yield piece
            allowed_s = patience.between_tokens_s
    raise ProviderError(Failure.TIMEOUT)
