"""How long a provider may be silent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ashao.providers.failures import Failure, ProviderError


async def with_timeouts[T](
    pieces: AsyncGenerator[T], first_s: float, between_s: float
) -> AsyncGenerator[T]:
    """The same pieces; raises ProviderError (timeout) when the first or a later one is late."""
    allowed_s = first_s
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
            allowed_s = between_s
    raise ProviderError(Failure.TIMEOUT)
