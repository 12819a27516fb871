"""A provider for trying ashao out: it writes a fixed text that says that it is a simulation.

The same messages always give the same text, so a prefix of it, cut anywhere, is continued to the
letter. A prefix that somebody else wrote is continued with a sentence of its own.
"""

import re
from collections.abc import AsyncGenerator, Sequence

from ashao.clock import Clock
from ashao.messages import Message, Params, prefix_of
from ashao.providers.answer import Answer, AnswerEnd, Piece, Usage
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.retries import RetryPolicy
from ashao_text.characters import encodable

QUOTED_WORDS = 24


class Simulated:
    """Writes word by word, one every `pause_ms`."""

    id = "simulated"
    model = "simulation"

    def __init__(self, clock: Clock, *, pause_ms: int = 30) -> None:
        self._clock = clock
        self._pause_ms = pause_ms

    def available(self) -> bool:
        """Always; the registry offers it only when no real provider is configured."""
        return True

    def stream(self, messages: Sequence[Message], params: Params) -> Answer:
        """Begin the simulated answer. Never raises ProviderError."""
        return Answer(
            lambda: self._generate(messages, params),
            _failure,
            params,
            prefix_of(messages),
            retry_policy=RetryPolicy(),
            clock=self._clock,
        )

    async def aclose(self) -> None:
        """Nothing to close."""

    async def _generate(self, messages: Sequence[Message], params: Params) -> AsyncGenerator[Piece]:
        words = re.findall(r"\s*\S+\s*\Z|\s*\S+|\s+\Z", remaining_text(messages))
        said = words if params.max_tokens is None else words[: params.max_tokens]
        for word in said:
            await self._clock.sleep(self._pause_ms / 1000)
            yield word
        yield Usage(sum(len(each.content.split()) for each in messages), len(said))
        yield AnswerEnd("stop" if said == words else "length")


def simulated_text(messages: Sequence[Message]) -> str:
    """The whole answer to messages without a prefix."""
    asked = next((each.content for each in reversed(messages) if each.role == "user"), "")
    words = encodable(asked).split()
    quoted = " ".join(words[:QUOTED_WORDS]) + (" …" if len(words) > QUOTED_WORDS else "")
    return (
        "This is a simulation: no model wrote it. "
        f"Your message has {len(words)} word{'' if len(words) == 1 else 's'}: “{quoted}”. "
        "For a real answer, open the donor page in another tab and let this machine compute it, "
        "or give the server a provider: a Gemini key, or the address of an OpenAI-compatible "
        "endpoint such as vLLM, Ollama or llama.cpp."
    )


def remaining_text(messages: Sequence[Message]) -> str:
    """What follows the prefix."""
    prefix = prefix_of(messages)
    if not prefix:
        return simulated_text(messages)
    text = simulated_text(messages[:-1])
    if text.startswith(prefix):
        return text[len(prefix) :]
    return " … The rest of this answer is a simulation: no model wrote it."


def _failure(error: Exception) -> ProviderError:
    return ProviderError(Failure.UNAVAILABLE, cause=type(error).__name__)
