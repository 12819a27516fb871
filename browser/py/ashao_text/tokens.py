"""How many tokens a text may have, where no tokenizer is at hand."""

from collections.abc import Iterable
from typing import Protocol

CHARACTERS_PER_TOKEN = 4
"""A common estimate for European languages; the real tokenizer is the producer's."""


class Message(Protocol):
    """One message of a conversation, whatever the class that holds it."""

    @property
    def role(self) -> str:
        """Who says it: system, user or assistant."""
        ...

    @property
    def content(self) -> str:
        """What is said."""
        ...


def estimated_tokens(messages: Iterable[Message]) -> int:
    """An estimate of the tokens in messages; one that is begun counts."""
    return -(-sum(len(each.content) for each in messages) // CHARACTERS_PER_TOKEN)
