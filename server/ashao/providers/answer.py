"""One answer being written: the SDK's pieces made timely, whole, joined to the prefix and ended."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Protocol, Self

from ashao.clock import Clock
from ashao.providers.characters import Characters
from ashao.providers.failures import Failure, ProviderError, translated
from ashao.providers.patience import Patience, persistent, timely
from ashao.providers.provider import Ended, Finish, Params, Usage
from ashao.providers.stops import Stops

type Piece = str | Usage | Ended
"""What a provider's connection gives: text as it comes, what it cost, and how it ended."""


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

    `usage` and `finish` are known after the end, if the provider told; None otherwise.
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
        self.finish: Finish | None = None
        self._heard = self._given = 0
        self._has_budget = params.max_tokens is not None
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

    @property
    def tokens(self) -> int | None:
        """The tokens of the text that was given, by the provider's count.

        What was repeated at the seam, or came after a stop string, has its part of them.
        """
        if self.usage is None or not self._heard:
            return None
        spoken = self.usage.output_tokens - self.usage.thought_tokens
        return round(spoken * self._given / self._heard) or None

    async def aclose(self) -> None:
        """Close the connection; harmless after the end."""
        await self._text.aclose()

    async def _read(self, pieces: AsyncGenerator[Piece]) -> AsyncGenerator[str]:
        async with aclosing(pieces):
            async for piece in pieces:
                if text := self._through(piece):
                    self._given += len(text)
                    yield text
                if self._stops.is_over:
                    self.finish = "stop"
                    return
        if text := self._rest():
            self._given += len(text)
            yield text
        if not (self._heard or self._may_be_empty or self._is_cut):
            raise ProviderError(Failure.BROKEN_STREAM, cause="EmptyAnswer")

    @property
    def _is_cut(self) -> bool:
        """Whether the budget was spent, if only on thoughts: so it was asked."""
        return self._has_budget and self.finish == "length"

    def _through(self, piece: Piece) -> str:
        """The text that a piece leads to; what is no text is noted."""
        match piece:
            case Usage():
                self.usage = piece
                return ""
            case Ended(finish):
                self.finish = finish
                return ""
        self._heard += len(piece)
        for stage in self._stages:
            piece = stage.feed(piece)
        return piece

    def _rest(self) -> str:
        text = ""
        for stage in self._stages:
            text = stage.feed(text) + stage.end()
        return text
