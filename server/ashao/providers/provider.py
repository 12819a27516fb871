"""What a provider is: messages in, text out. It knows nothing of jobs, people or streams.

A provider makes an `Answer`; iterating it gives text, and closing it (`async with`) closes the
connection behind it, also when the reader is cancelled. The pieces joined are the answer; what its
model thinks first is never among them, only among its `parts`. When
the messages end with an assistant message, that is the prefix: the pieces are exactly what
follows it. Everything that goes wrong is a `ProviderError`.
"""

from collections.abc import Sequence
from typing import Protocol

from ashao.messages import Message, Params
from ashao.providers.answer import Answer


class Provider(Protocol):
    """One place that answers come from."""

    @property
    def id(self) -> str:
        """Its name in configuration, in `claimedBy` and in metrics."""
        ...

    @property
    def model(self) -> str:
        """The model that it asks."""
        ...

    def available(self) -> bool:
        """Whether it is configured; says nothing of whether it will answer."""
        ...

    def stream(self, messages: Sequence[Message], params: Params) -> Answer:
        """Begin an answer; nothing is sent before it is iterated."""
        ...

    async def aclose(self) -> None:
        """Close the connections that it keeps."""
        ...
