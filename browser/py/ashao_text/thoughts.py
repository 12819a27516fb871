"""What a model thinks aloud before its answer, between <think> and </think>, is no part of it.

Servers mostly take it out by themselves; where one does not, an answer that begins so is shown from
the end of its thoughts on. Later in a text the tags are words like any other.
"""

OPEN, CLOSE = "<think>", "</think>"


class ThoughtRemover:
    """Feed it a model's text; it gives back the answer."""

    def __init__(self) -> None:
        self._held = ""
        self._has_thoughts = False
        self._is_answering = False

    @property
    def is_thinking(self) -> bool:
        """Whether thoughts have begun and the answer has not."""
        return self._has_thoughts and not self._is_answering

    def feed(self, text: str) -> str:
        """Text that is now known to belong to the answer."""
        if self._is_answering:
            return text
        self._held += text
        said = self._held.lstrip()
        if not self._has_thoughts and OPEN.startswith(said[: len(OPEN)]) and len(said) < len(OPEN):
            return ""
        self._has_thoughts = self._has_thoughts or said.startswith(OPEN)
        if self._has_thoughts:
            _, is_over, said = self._held.partition(CLOSE)
            if not is_over:
                self._held = self._held[-len(CLOSE) :]  # thoughts may be long
                return ""
            said = said.lstrip()
            if not said:
                self._held = CLOSE
                return ""
        else:
            said = self._held
        self._is_answering = True
        return said

    def end(self) -> str:
        """What was held back and is an answer after all."""
        is_answer = not self._has_thoughts and not self._is_answering
        return self._held if is_answer else ""
