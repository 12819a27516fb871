"""Where a continuation meets its prefix: what is said again there is removed.

A model that was asked in words to go on is asked to repeat the prefix's last words first; they show
the seam, spaces and all. A model that is given its own beginning should just go on, yet a server
may not know how, and begin anew. So the one rule is: drop the longest end of the prefix that the
text begins with, if it is too long to be chance. Of a model that was not asked to repeat anything,
only a repeat of the whole counts: refrains, lists and statements do repeat their last words.

Oddities, on purpose: quotation marks, dots and spaces before the repeat are skipped; white space
after it may differ; one accented letter may end what the prefix left as a bare letter. A model
that starts over and then says something else, or ends before it comes to the seam, cannot be
joined. Halves of characters must have been joined before, see `ashao_text.characters`.
"""

from collections.abc import Iterator
from unicodedata import normalize

REACH = 400
"""At most so many characters are held back to look for a repeat that is not a new start."""

END_BYTES = 12
WHOLE_BYTES = 8
LETTERS = 4
"""Less than so many UTF-8 bytes, or distinct characters, may be chance: "ha ha", a ruled line.

A prefix has hundreds of ends but one beginning, so of a repeat of all of it less is needed.
"""

RESTART = 24
RESTART_LINE = 64
"""After so many characters of the prefix's beginning, the model has started over.

Where the prefix ends with a line, the next may well begin as the first one did, as in a list or in
a program; there it takes more.
"""

LEADERS = " \t\r\n\"'“”‘’«».…"


class StartedOver(Exception):
    """The model began its own answer, which is not the one to be continued."""


class OverlapRemover:
    """Feed it a model's text; it gives back only what follows the prefix.

    `is_asked`: whether the model was asked to repeat the prefix's last words.
    """

    def __init__(self, prefix: str, *, is_asked: bool) -> None:
        self._core = prefix.rstrip()
        self._space = prefix[len(self._core) :]
        self._whole = self._core.lstrip(LEADERS)
        self._restart = RESTART_LINE if "\n" in self._space else RESTART
        counts = self._whole if is_asked else _is_telling(self._whole, WHOLE_BYTES)
        self._repeats = [self._whole] if counts else []
        if is_asked:
            self._repeats += _ends(self._core, self._whole, bool(self._space))
        self._held = ""
        self._has_started_over = False
        self._is_joined = not self._repeats

    def feed(self, text: str) -> str:
        """Text that is now known to follow the prefix. Raises StartedOver."""
        if self._is_joined:
            return text
        self._held += text
        return self._decided(is_ended=False)

    def end(self) -> str:
        """What was held back, at the text's end. Raises StartedOver."""
        return "" if self._is_joined else self._decided(is_ended=True)

    def _decided(self, *, is_ended: bool) -> str:
        said = self._held.lstrip(LEADERS)
        while self._repeats:
            repeat = self._repeats[0]
            rest = _after(repeat, said)
            if rest is not None:
                return self._joined(rest, is_ended)
            if repeat.startswith(said) and not is_ended:
                return ""
            if repeat == self._whole:
                self._has_started_over = _shared(repeat, said) >= self._restart
            del self._repeats[0]
        if self._has_started_over:
            raise StartedOver("It began anew, and it is another answer.")
        self._is_joined = True
        return self._held

    def _joined(self, rest: str, is_ended: bool) -> str:
        """The text after the repeat, without the white space that the prefix ends with."""
        if self._space.startswith(rest) and rest != self._space and not is_ended:
            return ""
        self._is_joined = True
        if rest.startswith(self._space):
            return rest[len(self._space) :]
        return rest.lstrip()


def _ends(core: str, whole: str, has_space: bool) -> Iterator[str]:
    """The ends of the prefix, shorter than the whole, that count as repeated; longest first."""
    first = max(len(core) - len(whole) + 1, len(core) - REACH)
    for begin in range(first, len(core)):
        end = core[begin:]
        is_telling = _is_telling(end, END_BYTES) or _is_cut_word(core, begin, has_space)
        if end[0] not in LEADERS and is_telling:
            yield end


def _is_telling(text: str, at_least_bytes: int) -> bool:
    return len(text.encode("utf-8", "replace")) >= at_least_bytes and len(set(text)) >= LETTERS


def _is_cut_word(core: str, begin: int, has_space: bool) -> bool:
    """Whether the prefix stops inside or right after a word that begins here."""
    return not has_space and core[begin:].isalnum() and not core[begin - 1].isalnum()


def _after(repeat: str, said: str) -> str | None:
    """What was said after the repeat; None if it was not repeated to its end."""
    if said.startswith(repeat):
        return said[len(repeat) :]
    last = len(repeat) - 1
    if said[:last] == repeat[:last] and said[last : last + 1]:
        letters = normalize("NFD", said[last])
        if letters.startswith(repeat[last]):
            return letters[1:] + said[last + 1 :]
    return None


def _shared(repeat: str, said: str) -> int:
    """How many characters the two have in common from their beginning."""
    pairs = enumerate(zip(repeat, said, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(repeat), len(said)))
