"""Going on where another producer stopped, with a model that cannot be given its own beginning.

`instructed` asks for it in words: the answer so far, then "begin with its last words and go on".
Those words are an anchor: repeated, they show the seam, spaces and all. `Seam` removes them. A
model may as well start over, repeat some other part, or go on without a word; so the one rule is:
drop the longest end of the prefix that the text begins with, if it is too long to be chance.

Oddities, on purpose: quotation marks, dots and spaces before the repeat are skipped; white space
after it may differ; one accented letter may end what the prefix left as a bare letter. A model
that starts over and then says something else cannot be joined, and is a broken stream.
"""

from collections.abc import Iterator, Sequence
from unicodedata import normalize

from ashao.providers.failures import Failure, ProviderError
from ashao.providers.provider import Message, prefix_of

ANCHOR = 80
"""At most so many characters of the prefix are quoted in the instruction."""

REACH = 400
"""At most so many characters are held back to look for a repeat that is not a new start."""

REPEAT_BYTES = 12
REPEAT_LETTERS = 4
"""Less than so many UTF-8 bytes, or distinct characters, may be chance: "ha ha", a ruled line."""

RESTART = 64
"""After so many characters of the prefix's beginning, the model has started over."""

LEADERS = " \t\r\n\"'“”‘’«».…"

INSTRUCTION = (
    "Your answer above was cut off before its end. Continue it exactly from where it stops. "
    "Begin by repeating its last words, which are between the lines below, letter for letter, "
    "then go on from there. Do not start over, do not comment, do not add quotation marks.\n"
    "-----\n{anchor}\n-----"
)


def instructed(messages: Sequence[Message]) -> list[Message]:
    """The messages, with a request to continue when they end with a prefix."""
    if not messages or messages[-1].role != "assistant":
        return list(messages)
    prefix = prefix_of(messages)
    if not prefix.strip(LEADERS).strip():  # no word that could be repeated
        return list(messages[:-1])
    return [*messages, Message("user", INSTRUCTION.format(anchor=anchor_of(prefix)))]


def anchor_of(prefix: str) -> str:
    """The last words of the prefix, from the beginning of a word where there is one."""
    text = prefix.rstrip()
    last = text[-ANCHOR:]
    if len(last) == len(text) or text[-ANCHOR - 1].isspace():
        return last.lstrip()
    _, space, words = last.partition(" ")
    return (words if space and len(words) > ANCHOR // 2 else last).lstrip()


class Seam:
    """Feed it a model's text; it gives back only what follows the prefix."""

    def __init__(self, prefix: str) -> None:
        self._core = prefix.rstrip()
        self._space = prefix[len(self._core) :]
        self._whole = self._core.lstrip(LEADERS)
        self._repeats = list(_repeats(self._core, bool(self._space)))
        self._held = ""
        self._is_restart = False
        self._is_joined = not self._repeats

    def feed(self, text: str) -> str:
        """Text that is now known to follow the prefix. Raises ProviderError (broken stream)."""
        if self._is_joined:
            return text
        self._held += text
        return self._decided(is_ended=False)

    def end(self) -> str:
        """What was held back, at the text's end. Raises ProviderError (broken stream)."""
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
                self._is_restart = _shared(repeat, said) >= RESTART
            del self._repeats[0]
        if self._is_restart:
            raise ProviderError(Failure.BROKEN_STREAM, cause="StartedOver")
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


def _repeats(core: str, has_space: bool) -> Iterator[str]:
    """The ends of the prefix that count as repeated, longest first."""
    whole = core.lstrip(LEADERS)
    if whole:
        yield whole
    first = max(len(core) - len(whole) + 1, len(core) - REACH)
    for begin in range(first, len(core)):
        end = core[begin:]
        if end[0] not in LEADERS and (_is_telling(end) or _is_cut_word(core, begin, has_space)):
            yield end


def _is_telling(end: str) -> bool:
    return len(end.encode("utf-8", "replace")) >= REPEAT_BYTES and len(set(end)) >= REPEAT_LETTERS


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
