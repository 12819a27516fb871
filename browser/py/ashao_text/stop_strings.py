"""Stop strings, whatever the provider does with them: text ends before the first one.

What could be the beginning of a stop string is held back until it is decided. A stop string may
begin in the prefix and end in the new text; what was already said stays said.

JavaScript's twin, browser/wgpu-shim/stop_strings.js, obeys the same cases: tests/text/stops.json.
"""

from collections.abc import Sequence


class StopStrings:
    """Feed it text; it gives back what may be shown, and `is_over` when a stop string came."""

    def __init__(self, stops: Sequence[str], prefix: str = "") -> None:
        self._stops = [stop for stop in stops if stop]
        self._reach = max((len(stop) for stop in self._stops), default=1) - 1
        self._seen = self._last_of(prefix)  # shown already, but may begin a stop string
        self._held = ""
        self.is_over = False

    def feed(self, text: str) -> str:
        """Text that is now known to lie before any stop string."""
        if self.is_over:
            return ""
        whole, shown = self._seen + self._held + text, len(self._seen)
        begin = self._first_stop(whole, shown)
        if begin is not None:
            self.is_over = True
            return whole[shown:begin]
        show_to = max(shown, len(whole) - self._undecided(whole))
        self._seen, self._held = self._last_of(whole[:show_to]), whole[show_to:]
        return whole[shown:show_to]

    def end(self) -> str:
        """What was held back, when the text has ended without a stop string."""
        held, self._held = self._held, ""
        return "" if self.is_over else held

    def _last_of(self, text: str) -> str:
        return text[-self._reach :] if self._reach else ""

    def _first_stop(self, whole: str, shown: int) -> int | None:
        """Where the stop string begins that ends first, and in new text."""
        found = (
            (begin + len(stop), begin)
            for stop in self._stops
            if (begin := whole.find(stop, max(0, shown - len(stop) + 1))) >= 0
        )
        return min(found, default=(0, None))[1]

    def _undecided(self, whole: str) -> int:
        """Length of the longest end of the text that a stop string begins with."""
        for length in range(min(self._reach, len(whole)), 0, -1):
            if any(stop.startswith(whole[-length:]) for stop in self._stops):
                return length
        return 0
