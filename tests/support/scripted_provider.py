"""A provider that speaks when a test lets it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from ashao.clock import SystemClock
from ashao.messages import Message, Params, prefix_of
from ashao.providers.answer import Answer, Piece
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.retries import RetryPolicy
from ashao_text.pipeline import Stage


class ScriptedProvider:
    """Gives its pieces once `may_speak` is set, and then fails with `failure`, if there is one.

    `asked` holds what it was asked to continue; `open_requests` counts the requests that still run.
    """

    model = "script"

    def __init__(
        self,
        *pieces: Piece,
        name: str = "scripted",
        failure: Exception | None = None,
        overlap: Stage | None = None,
    ) -> None:
        self.id = name
        self.pieces = pieces
        self.failure = failure
        self.overlap = overlap
        self.may_speak = asyncio.Event()
        self.asked: list[str] = []
        self.open_requests = 0

    @property
    def requests(self) -> int:
        """How often it was asked."""
        return len(self.asked)

    def available(self) -> bool:
        """Always."""
        return True

    def stream(self, messages: Sequence[Message], params: Params) -> Answer:
        """An answer that begins when it may."""
        prefix = prefix_of(messages)
        return Answer(
            lambda: self._generate(prefix),
            _failure,
            params,
            prefix,
            retry_policy=RETRY_POLICY,
            clock=CLOCK,
            overlap=self.overlap,
        )

    async def aclose(self) -> None:
        """Nothing to close."""

    async def _generate(self, prefix: str) -> AsyncGenerator[Piece]:
        self.asked.append(prefix)
        self.open_requests += 1
        try:
            await self.may_speak.wait()
            for piece in self.pieces:
                yield piece
            if self.failure is not None:
                raise self.failure
        finally:
            self.open_requests -= 1


CLOCK = SystemClock()
RETRY_POLICY = RetryPolicy(max_attempts=1)


def ready(
    *pieces: Piece,
    name: str = "scripted",
    failure: Exception | None = None,
    overlap: Stage | None = None,
) -> ScriptedProvider:
    """One that speaks at once."""
    provider = ScriptedProvider(*pieces, name=name, failure=failure, overlap=overlap)
    provider.may_speak.set()
    return provider


def _failure(error: Exception) -> ProviderError:
    return ProviderError(Failure.UNAVAILABLE, cause=type(error).__name__)
