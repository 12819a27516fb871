"""Whole characters only: half of a surrogate pair waits for its other half.

Some servers cut their JSON text inside a pair, and half a character fits into no UTF-8 stream.
"""


class Characters:
    """Feed it text; what comes out can always be encoded."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """The text without a trailing first half, which is kept for the next piece."""
        text = self._half + text
        is_cut = text[-1:] >= "\ud800" and text[-1:] <= "\udbff"
        self._half = text[-1] if is_cut else ""
        return encodable(text[:-1] if is_cut else text)

    def end(self) -> str:
        """A first half that never met its second, as a replacement character."""
        half, self._half = self._half, ""
        return encodable(half)


def encodable(text: str) -> str:
    """The text with pairs joined and lone halves replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
