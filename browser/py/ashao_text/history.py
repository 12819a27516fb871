"""What of a conversation fits a model: the newest turns, whole; the oldest go first.

System messages and the newest turn stay, and what is left begins with a user's message. It counts
by estimate: the real tokenizer, and with it the last word, is the producer's.

JavaScript's twin, browser/wgpu-shim/history.js, obeys the same cases: tests/text/history.json.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from ashao_text.tokens import CHARACTERS_PER_TOKEN, Message, estimated_tokens

ROOM_SHARE = 4  # a quarter of the window is kept for an answer whose length nobody named


def fit_window[M: Message](
    messages: Sequence[M], window_tokens: int, max_tokens: int | None
) -> list[M]:
    """The messages that leave room for the answer in a window of so many tokens.

    The cut never looks at the prefix, a last message of the assistant's, unless that has outgrown
    the room; so whoever continues an answer reads the very prompt that the first one read.
    """
    prefix = [each for each in messages[-1:] if each.role == "assistant"]
    history = messages[: len(messages) - len(prefix)]
    budget_tokens = history_budget(window_tokens, max_tokens, estimated_tokens(prefix))
    return [*fit_history(history, budget_tokens), *prefix]


def history_budget(window_tokens: int, max_tokens: int | None, prefix_tokens: int) -> int:
    """How many tokens the history may have, so that there is room for the answer."""
    share = window_tokens // ROOM_SHARE
    wanted = share if max_tokens is None else min(max_tokens, share)
    return window_tokens - max(wanted, prefix_tokens + 1)


def fit_history[M: Message](history: Sequence[M], budget_tokens: int) -> list[M]:
    """The messages that stay; the newest turn does, even when it is longer than the budget."""
    system = [each for each in history if each.role == "system"]
    turns = [each for each in history if each.role != "system"]
    starts = [0, *(at for at, each in enumerate(turns) if at and each.role == "user")]
    excess = _characters(history) - budget_tokens * CHARACTERS_PER_TOKEN
    kept_from = 0
    for oldest, following in pairwise(starts):
        if excess <= 0:
            break
        excess -= _characters(turns[oldest:following])
        kept_from = following
    return [*system, *turns[kept_from:]]


def _characters(messages: Iterable[Message]) -> int:
    return sum(len(each.content) for each in messages)
