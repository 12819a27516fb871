"""Where a continuation meets its prefix: takes away what an engine that began anew says again."""

SURE_WHOLE = 8  # a repeat of all of a prefix this long is no coincidence
SURE_PART = 24  # nor is a repeat of this much of a longer one


class BeganAnew(Exception):
    """The engine began its own answer, and it is another one: it cannot be joined."""


class Seam:
    """Holds text back only while it could still be the prefix said again."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._held = ""
        self._is_joined = len(prefix) < SURE_WHOLE

    def feed(self, text: str) -> str:
        """Take generated text; gives what may be said now. Raises BeganAnew."""
        if self._is_joined:
            return text
        self._held += text
        same = _shared(self._held, self._prefix)
        if same == len(self._prefix):
            return self._join(self._held[same:])
        if same == len(self._held):
            return ""
        if same >= SURE_PART:
            raise BeganAnew(f"The same for {same} characters, then another answer.")
        return self._join(self._held)

    def end(self) -> str:
        """No more text comes; gives what was still held back and is no repeat."""
        return "" if self._is_joined or len(self._held) >= SURE_PART else self._held

    def _join(self, text: str) -> str:
        self._is_joined = True
        self._held = ""
        return text


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))
