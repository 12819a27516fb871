"""What a conversation with a model is made of: plain values, and their JSON form in the store."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from ashao_text.finish import Finish as Finish
from ashao_text.tools.description import Tools

Role = Literal["system", "user", "assistant"]


class Message(msgspec.Struct, frozen=True):
    """One message of a conversation; a last one of the assistant is the prefix to continue."""

    role: Role
    content: str


class Params(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """How an answer is sampled; None leaves a choice to the producer.

    `max_tokens` is what remains to write. The messages tell of the `tools` already; here they are
    for producers that have a form of their own for them.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: list[str] | None = None
    seed: int | None = None
    tools: Tools | None = None


def prefix_of(messages: Sequence[Message]) -> str:
    """The text to continue, or nothing."""
    return messages[-1].content if messages and messages[-1].role == "assistant" else ""
