"""Whole characters only: half of a surrogate pair waits for its other half.

Some servers cut their JSON text inside a pair, and half a character fits into no UTF-8 stream.

JavaScript's twin, browser/wgpu-shim/characters.js, obeys the same cases:
tests/text/characters.json.
"""

import re

_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")


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
    """The text with pairs joined and lone halves replaced by U+FFFD.

    By hand, since a tab's Python brings no codec for UTF-16 along.
    """
    return _HALVES.sub(_whole, text)


def _whole(found: re.Match[str]) -> str:
    if len(halves := found[0]) == 1:
        return "\ufffd"
    high, low = (ord(half) & 0x3FF for half in halves)
    return chr(0x10000 + (high << 10) + low)
