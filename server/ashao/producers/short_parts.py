"""What a provider says, cut so that each part fits into one event."""

from collections.abc import AsyncGenerator, AsyncIterable, Iterator

from ashao.jobs.publish import MAX_VALUE_BYTES
from ashao.providers.answer import Part, Thought

LONGEST = MAX_VALUE_BYTES // 4  # a character has at most four bytes


async def short_parts(first: str, rest: AsyncIterable[Part]) -> AsyncGenerator[Part]:
    """The texts, of which `first` was read already, and the thoughts."""
    for text in _cut(first):
        yield text
    async for part in rest:
        if isinstance(part, Thought):
            for thought in _cut(part.text):
                yield Thought(thought)
        else:
            for text in _cut(part):
                yield text


def _cut(text: str) -> Iterator[str]:
    for at in range(0, len(text), LONGEST):
        yield text[at : at + LONGEST]
