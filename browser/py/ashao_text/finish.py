"""Why a model ended, in the words that engines and providers have for it."""

from typing import Literal

Finish = Literal["stop", "length", "content_filter"]
"""It was done; the budget or the window was full; a filter cut it off."""

BROKEN_OFF = frozenset({"error", "abort"})
"""No ends: the model did not come to one."""
FULL = frozenset({"length", "max_tokens", "max_length", "model_length"})


def finish_of(word: object) -> Finish:
    """Whatever a model says at its end is an end: what no list knows means that it was done."""
    said = word.lower() if isinstance(word, str) else ""
    if said in FULL:
        return "length"
    return "content_filter" if said == "content_filter" else "stop"
