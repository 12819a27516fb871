"""Thoughts that an engine gives as text become pieces of their own; one place for all engines."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from ashao_text.thoughts import Parted, ThoughtSplitter
from ashao_worker.core.engine import Piece


async def thoughts_apart(pieces: AsyncIterator[Piece]) -> AsyncGenerator[Piece]:
    """The pieces, with <think>...</think> at the beginning of their text as thoughts.

    The tokens of text that is held back come with what it turns out to be.
    """
    splitter, owed = ThoughtSplitter(), 0
    async for piece in pieces:
        if piece.is_thought or not piece.text:
            yield piece
            continue
        owed += piece.tokens
        for part in _parts(splitter.feed(piece.text), owed):
            owed = 0
            yield part
    for part in _parts(splitter.end(), owed):
        yield part


def _parts(parted: Parted, tokens: int) -> Iterator[Piece]:
    """A thought, then an answer; the tokens are counted with the first of them."""
    if parted.thought:
        yield Piece(parted.thought, tokens, is_thought=True)
        tokens = 0
    if parted.answer:
        yield Piece(parted.answer, tokens)
