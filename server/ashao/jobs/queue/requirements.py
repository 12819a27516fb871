"""What a job needs of a worker: the model that it names, a context that holds it, abilities."""

from collections.abc import Sequence

import msgspec

from ashao.jobs.job import ANY_MODEL
from ashao.messages import Message, Params
from ashao_text.tokens import estimated_tokens


class Requirements(msgspec.Struct, frozen=True):
    """`context_tokens` is an estimate of the prompt; how long the answer may be is no need."""

    model: str = ANY_MODEL
    context_tokens: int = 0
    abilities: frozenset[str] = frozenset()

    def fit(
        self, model: str, context_tokens: int | None, abilities: frozenset[str] = frozenset()
    ) -> bool:
        """Whether a worker with these can serve; its context is None when it did not say."""
        has_model = self.model in (ANY_MODEL, model)
        holds = context_tokens is None or self.context_tokens <= context_tokens
        return has_model and holds and self.abilities <= abilities


def requirements_of(model: str, messages: Sequence[Message], params: Params) -> Requirements:
    """What these messages need, answered in this way."""
    return Requirements(model, estimated_tokens(messages), params.abilities)


def abilities_in(text: str | None) -> frozenset[str]:
    """Abilities as the store keeps them, by comma."""
    return frozenset(filter(None, (text or "").split(",")))


def abilities_text(abilities: frozenset[str]) -> str:
    """The reverse, always in the same order."""
    return ",".join(sorted(abilities))
