"""What a provider is: messages in, text out. It knows nothing of jobs, people or streams.

A provider makes an `Answer`; iterating it gives text, and closing it (`async with`) closes the
connection behind it, also when the reader is cancelled. The pieces joined are the answer. When
the messages end with an assistant message, that is the prefix: the pieces are exactly what
follows it. Everything that goes wrong is a `ProviderError`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from ashao.providers.answer import Answer

type Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """How to write; None leaves a choice to the model. `max_tokens` is what remains to write."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None


type Finish = Literal["stop", "length"]
"""Why a model ended: it was done, or the budget was spent."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request cost, in the provider's own tokens.

    `thought_tokens` are those of `output_tokens` that are no part of the answer.
    """

    input_tokens: int
    output_tokens: int
    thought_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The model came to an end."""

    finish: Finish


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

    def stream(self, messages: Sequence[Message], params: Params) -> "Answer":
        """Begin an answer; nothing is sent before it is iterated."""
        ...

    async def aclose(self) -> None:
        """Close the connections that it keeps."""
        ...


def prefix_of(messages: Sequence[Message]) -> str:
    """The text to continue, or nothing."""
    return messages[-1].content if messages and messages[-1].role == "assistant" else ""
