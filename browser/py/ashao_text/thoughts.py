"""What a model thinks aloud before its answer, between <think> and </think>, is no part of it.

Servers mostly tell the two apart by themselves; where one does not, an answer that begins so begins
where its thoughts end. Later in a text the tags are words like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass

OPEN, CLOSE = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Parted:
    """Some text: what of it is thought, and then what of it is the answer."""

    thought: str = ""
    answer: str = ""


class ThoughtSplitter:
    """Feed it a model's text; it tells thoughts and answer apart.

    What could be the beginning of a tag is held back until that is decided. White space around
    thoughts is part of nothing.
    """

    def __init__(self) -> None:
        self._held = ""
        self._part = self._begin

    def feed(self, text: str) -> Parted:
        """What is decided now."""
        self._held += text
        return self._part()

    def end(self) -> Parted:
        """What was held back, when no more text comes."""
        held, self._held = self._held, ""
        if self._part in (self._begin, self._answer):
            return Parted(answer=held)
        return Parted(thought="" if self._part == self._skip_to_answer else held)

    def _begin(self) -> Parted:
        """Thoughts or an answer: as soon as that can be known."""
        said = self._held.lstrip()
        if said.startswith(OPEN):
            self._held = said[len(OPEN) :]
            return self._next(self._skip_to_thought)
        return Parted() if OPEN.startswith(said) else self._next(self._answer)

    def _skip_to_thought(self) -> Parted:
        self._held = self._held.lstrip()
        return self._next(self._think) if self._held else Parted()

    def _think(self) -> Parted:
        """Thoughts up to their end, or to what may be the beginning of it."""
        thought, is_over, rest = self._held.partition(CLOSE)
        if is_over:
            self._held = rest
            return Parted(thought.rstrip(), self._next(self._skip_to_answer).answer)
        decided = _decided(thought)
        self._held = thought[decided:]
        return Parted(thought[:decided])

    def _skip_to_answer(self) -> Parted:
        self._held = self._held.lstrip()
        return self._next(self._answer) if self._held else Parted()

    def _answer(self) -> Parted:
        said, self._held = self._held, ""
        return Parted(answer=said)

    def _next(self, part: Callable[[], Parted]) -> Parted:
        self._part = part
        return part()


def _decided(thought: str) -> int:
    """How much of it neither belongs to a closing tag nor is white space that may be before one."""
    longest = len(CLOSE) - 1
    tag = next(size for size in range(longest, -1, -1) if thought.endswith(CLOSE[:size]))
    return len(thought[: len(thought) - tag].rstrip())
