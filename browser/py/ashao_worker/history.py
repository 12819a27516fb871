"""What of a conversation fits a model: the newest turns, whole; the oldest go first.

It cuts as `template.js` does in a browser, but by estimates such as the orchestrator's: the
engine's server has the last word.
"""

from collections.abc import Iterator, Sequence

from ashao_worker.wire import Message

CHARACTERS_PER_TOKEN = 4
ROOM_SHARE = 4  # a quarter of the window is kept for an answer whose length nobody named


def fitted(
    messages: Sequence[Message], context_tokens: int | None, max_tokens: int | None
) -> Sequence[Message]:
    """The messages that leave room for the answer; system messages and the newest turn stay.

    The cut never looks at the prefix unless it has outgrown that room, so whoever continues an
    answer reads the very prompt that the first one read.
    """
    if context_tokens is None:
        return messages
    prefix = [each for each in messages[-1:] if each.role == "assistant"]
    history = messages[: len(messages) - len(prefix)]
    system = [each for each in history if each.role == "system"]
    wanted = context_tokens // ROOM_SHARE
    room = max(wanted if max_tokens is None else min(max_tokens, wanted), _tokens(prefix) + 1)
    cuts = list(_ever_shorter([each for each in history if each.role != "system"]))
    fitting = (turns for turns in cuts if _tokens([*system, *turns]) + room <= context_tokens)
    return [*system, *next(fitting, cuts[-1]), *prefix]


def _ever_shorter(turns: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """All turns, then without the oldest exchange, and so on; each begins with a user's."""
    yield turns
    for start in range(1, len(turns)):
        if turns[start].role == "user":
            yield turns[start:]


def _tokens(messages: Sequence[Message]) -> int:
    return -(-sum(len(each.content) for each in messages) // CHARACTERS_PER_TOKEN)
