"""The way of every answer's text, whoever writes it: made whole, joined, ended."""

from collections.abc import Sequence
from typing import Protocol

from ashao_text.characters import Characters
from ashao_text.stop_strings import StopStrings


class Stage(Protocol):
    """A step that text passes on its way out; it may hold some back for a while."""

    def feed(self, text: str) -> str:
        """Take text, give what is decided."""
        ...

    def end(self) -> str:
        """Give what was held back."""
        ...


class TextPipeline:
    """Whole characters first, then what joins them to the prefix, then stop strings."""

    def __init__(self, stops: Sequence[str], prefix: str, overlap: Stage | None = None) -> None:
        self._stops = StopStrings(stops, prefix)
        joining = () if overlap is None else (overlap,)
        self._stages: Sequence[Stage] = (Characters(), *joining, self._stops)

    @property
    def is_over(self) -> bool:
        """Whether a stop string came: nothing will be let out any more."""
        return self._stops.is_over

    def feed(self, text: str) -> str:
        """Take text, give what may be shown. Raises what the overlap raises."""
        for stage in self._stages:
            text = stage.feed(text)
        return text

    def end(self) -> str:
        """What is still to be shown when no more text comes. Raises what the overlap raises."""
        text = ""
        for stage in self._stages:
            text = stage.feed(text) + stage.end()
        return text
