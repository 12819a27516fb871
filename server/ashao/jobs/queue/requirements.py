"""What a job needs of a worker: the model that it names, and a context that holds it."""

from collections.abc import Sequence

import msgspec

from ashao.jobs.job import ANY_MODEL
from ashao.messages import Message
from ashao_text.tokens import estimated_tokens


class Requirements(msgspec.Struct, frozen=True):
    """`context_tokens` is an estimate of the prompt; how long the answer may be is no need."""

    model: str = ANY_MODEL
    context_tokens: int = 0

    def fit(self, model: str, context_tokens: int | None) -> bool:
        """Whether a worker with this model and context can serve; None: it did not say."""
        return self.model in (ANY_MODEL, model) and (
            context_tokens is None or self.context_tokens <= context_tokens
        )


def requirements_of(model: str, messages: Sequence[Message]) -> Requirements:
    """What these messages need."""
    return Requirements(model, estimated_tokens(messages))
