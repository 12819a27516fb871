"""One answer being written: the SDK's pieces retried, timed, made whole, joined and ended."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ashao.clock import Clock
from ashao.messages import Finish, Params
from ashao.providers.failures import Failure, ProviderError, translate_errors
from ashao.providers.retries import RetryPolicy, with_retries
from ashao.providers.timeouts import with_timeouts
from ashao_text.characters import Characters
from ashao_text.overlap import StartedOver
from ashao_text.pipeline import Stage, TextPipeline
from ashao_text.thoughts import Parted, ThoughtSplitter


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request cost, in the provider's own tokens.

    `thought_tokens` are those of `output_tokens` that are no part of the answer.
    """

    input_tokens: int
    output_tokens: int
    thought_tokens: int = 0


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """The model came to an end."""

    finish: Finish


@dataclass(frozen=True, slots=True)
class Thought:
    """What the model thinks first; no part of the answer."""

    text: str


type Part = str | Thought
"""What there is to show: text of the answer, or a thought."""

type Piece = Part | Usage | AnswerEnd
"""What a provider's connection gives: all that as it comes, what it cost, and how it ended."""


class Answer:
    """Iterate it once for text, or its `parts` for thoughts, too; use it in `async with`, which
    closes the connection.

    `usage` and `finish` are known after the end, if the provider reported; None otherwise.
    """

    def __init__(
        self,
        begin: Callable[[], AsyncGenerator[Piece]],
        failure: Callable[[Exception], ProviderError],
        params: Params,
        prefix: str,
        *,
        retry_policy: RetryPolicy,
        clock: Clock,
        overlap: Stage | None = None,
    ) -> None:
        self.usage: Usage | None = None
        self.finish: Finish | None = None
        self._received_characters = self._sent_characters = 0
        self._has_budget = params.max_tokens is not None
        self._thoughts = ThoughtSplitter()
        self._thought_characters = Characters()
        self._pipeline = TextPipeline(params.stop or (), prefix, overlap)
        self._may_be_empty = bool(prefix or params.stop)
        pieces = with_retries(lambda: translate_errors(begin(), failure), retry_policy, clock)
        self._parts = self._read(
            with_timeouts(pieces, retry_policy.first_token_s, retry_policy.between_tokens_s)
        )
        self._text = self._text_of(self._parts)

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
    def parts(self) -> AsyncIterator[Part]:
        """The same, and what is thought, none empty. Raises ProviderError."""
        return self._parts

    @property
    def tokens(self) -> int | None:
        """The tokens of the text that was given, by the provider's count.

        What was repeated of the prefix, or came after a stop string, has its part of them.
        """
        if self.usage is None or not self._received_characters:
            return None
        spoken = self.usage.output_tokens - self.usage.thought_tokens
        return round(spoken * self._sent_characters / self._received_characters) or None

    async def aclose(self) -> None:
        """Close the connection; harmless after the end."""
        await self._text.aclose()
        await self._parts.aclose()

    async def _text_of(self, parts: AsyncIterator[Part]) -> AsyncGenerator[str]:
        async for part in parts:
            if isinstance(part, str):
                yield part

    async def _read(self, pieces: AsyncGenerator[Piece]) -> AsyncGenerator[Part]:
        async with aclosing(pieces):
            async for piece in pieces:
                parted = self._process(piece)
                if thought := self._thought_characters.feed(parted.thought):
                    yield Thought(thought)
                if text := parted.answer:
                    self._sent_characters += len(text)
                    yield text
                if self._pipeline.is_over:
                    self.finish = "stop"
                    return
        if text := self._process_end():
            self._sent_characters += len(text)
            yield text
        if not (self._received_characters or self._may_be_empty or self._is_cut):
            raise ProviderError(Failure.BROKEN_STREAM, cause="EmptyAnswer")

    @property
    def _is_cut(self) -> bool:
        """Whether the budget was spent, if only on thoughts: so it was asked."""
        return self._has_budget and self.finish == "length"

    def _process(self, piece: Piece) -> Parted:
        """What a piece leads to; what is neither thought nor text is recorded."""
        match piece:
            case Usage():
                self.usage = piece
                return Parted()
            case AnswerEnd(finish):
                self.finish = finish
                return Parted()
            case Thought(text):
                return Parted(thought=text)
        self._received_characters += len(piece)
        parted = self._thoughts.feed(piece)
        with _broken_when_started_over():
            return Parted(parted.thought, self._pipeline.feed(parted.answer))

    def _process_end(self) -> str:
        """The end of a thought that was never ended is of no use to anybody."""
        with _broken_when_started_over():
            return self._pipeline.feed(self._thoughts.end().answer) + self._pipeline.end()


@contextmanager
def _broken_when_started_over() -> Iterator[None]:
    """A model that started over has not gone on with the answer: its stream is broken."""
    try:
        yield
    except StartedOver as error:
        raise ProviderError(Failure.BROKEN_STREAM, cause=type(error).__name__) from None
