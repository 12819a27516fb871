"""One answer being written: the SDK's pieces made timely, whole, joined to the prefix and ended."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Protocol, Self

from ashao.clock import Clock
from ashao.providers.characters import Characters
from ashao.providers.failures import Failure, ProviderError, translated
from ashao.providers.patience import Patience, persistent, timely
from ashao.providers.provider import Params, Usage
from ashao.providers.stops import Stops

type Piece = str | Usage
"""What a provider's connection gives: text as it comes, and at the end what it cost."""


class Stage(Protocol):
    """A step that text passes on its way out; it may hold some back for a while."""

    def feed(self, text: str) -> str:
        """Take text, give what is decided."""
        ...

    def end(self) -> str:
        """Give what was held back."""
        ...


class Answer:
    """Iterate it once for text; use it in `async with`, which closes the connection.

    `usage` is known after the end, if the provider told; None otherwise.
    """

    def __init__(
        self,
        begin: Callable[[], AsyncGenerator[Piece]],
        failure: Callable[[Exception], ProviderError],
        params: Params,
        prefix: str,
        *,
        patience: Patience,
        clock: Clock,
        seams: Sequence[Stage] = (),
    ) -> None:
        self.usage: Usage | None = None
        self._stops = Stops(params.stop, prefix)
        self._stages: Sequence[Stage] = (Characters(), *seams, self._stops)
        self._may_be_empty = bool(prefix or params.stop)
        pieces = persistent(lambda: translated(begin(), failure), patience, clock)
        self._text = self._read(timely(pieces, patience))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[str]:
        """Pieces of text, none empty. Raises ProviderError."""
        return self._text

    async def aclose(self) -> None:
        """Close the connection; harmless after the end."""
        await self._text.aclose()

    async def _read(self, pieces: AsyncGenerator[Piece]) -> AsyncGenerator[str]:
        is_empty = True
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, Usage):
                    self.usage = piece
                    continue
                is_empty = False
                if text := self._through(piece):
                    yield text
                if self._stops.is_over:
                    return
        if text := self._rest():
            yield text
        if is_empty and not self._may_be_empty:
            raise ProviderError(Failure.BROKEN_STREAM, cause="EmptyAnswer")

    def _through(self, text: str) -> str:
        for stage in self._stages:
            text = stage.feed(text)
        return text

    def _rest(self) -> str:
        text = ""
        for stage in self._stages:
            text = stage.feed(text) + stage.end()
        return text
