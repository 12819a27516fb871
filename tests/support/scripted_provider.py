"""A provider that speaks when a test lets it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from ashao.clock import SystemClock
from ashao.providers.answer import Answer, Piece
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.patience import Patience
from ashao.providers.provider import Message, Params, Usage, prefix_of


class ScriptedProvider:
    """Says its words once `may_speak` is set; `open_requests` counts those that still run."""

    id = "scripted"
    model = "script"

    def __init__(self, *words: str) -> None:
        self.words = words
        self.may_speak = asyncio.Event()
        self.fails = False
        self.requests = 0
        self.open_requests = 0

    def available(self) -> bool:
        """Always."""
        return True

    def stream(self, messages: Sequence[Message], params: Params) -> Answer:
        """An answer that begins when it may."""
        return Answer(
            self._speak, _failure, params, prefix_of(messages), patience=Patience(), clock=CLOCK
        )

    async def aclose(self) -> None:
        """Nothing to close."""

    async def _speak(self) -> AsyncGenerator[Piece]:
        self.requests += 1
        self.open_requests += 1
        try:
            await self.may_speak.wait()
            if self.fails:
                raise ProviderError(Failure.BAD_REQUEST, cause="scripted")
            for word in self.words:
                yield word
            yield Usage(1, len(self.words))
        finally:
            self.open_requests -= 1


CLOCK = SystemClock()


def _failure(error: Exception) -> ProviderError:
    return ProviderError(Failure.UNAVAILABLE, cause=type(error).__name__)
