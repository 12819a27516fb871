"""What a conversation with a model is made of: plain values, and their JSON form in the store."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from ashao_text.finish import Finish as Finish
from ashao_text.tools.description import Tools

Role = Literal["system", "user", "assistant"]
JSON_SCHEMA = "json_schema"
ABILITIES = frozenset({JSON_SCHEMA})
"""What a worker may say that it can do beyond writing text."""


class Message(msgspec.Struct, frozen=True):
    """One message of a conversation; a last one of the assistant is the prefix to continue."""

    role: Role
    content: str


class Params(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """How an answer is sampled; None leaves a choice to the producer.

    `max_tokens` is what remains to write. `raw`: what is to be gone on from is a text, the one
    message's with the prefix, which no template writes around; whoever can only chat takes the
    message for a turn. The messages tell of the `tools` already; here they are
    for producers that have a form of their own for them. The whole answer is one JSON value that
    satisfies `json_schema`, a JSON schema that was checked; `{"type": "object"}` is any object.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: list[str] | None = None
    seed: int | None = None
    raw: bool | None = None
    tools: Tools | None = None
    json_schema: dict[str, Any] | None = None

    @property
    def abilities(self) -> frozenset[str]:
        """What of it not every worker can do, in the words that workers register.

        Which of several tools is called only a grammar can force; the call of one is begun.
        """
        tools = self.tools
        must_choose = tools is not None and tools.required and len(tools.functions) > 1
        has_form = self.json_schema is not None or must_choose
        return frozenset({JSON_SCHEMA}) if has_form else frozenset()


def prefix_of(messages: Sequence[Message]) -> str:
    """The text to continue, or nothing."""
    return messages[-1].content if messages and messages[-1].role == "assistant" else ""
