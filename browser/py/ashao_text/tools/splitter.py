"""A model's text with tool calls in it, told apart as it comes: words, calls, their arguments.

A call begins as soon as nothing can change it any more: its tag, the name of a tool that there is,
and the brace that opens its arguments. From there on the arguments are told letter by letter, as
the model wrote them, up to the brace that closes them; whether they fit the tool is the reader's to
judge, as always with models. What falls short of such a beginning is words, to the letter.

Also understood: arguments before the name, "parameters" for "arguments", a call without any, and
one whose closing tag is missing, because a model or its engine may swallow it.
"""

from collections.abc import Collection, Generator
from dataclasses import dataclass
from itertools import groupby

from ashao_text.tools.tags import CALL, CALL_END

ARGUMENTS = ("arguments", "parameters")


@dataclass(frozen=True, slots=True)
class Words:
    """Text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call begins: the name of its tool."""

    name: str


@dataclass(frozen=True, slots=True)
class Arguments:
    """More of the latest call's arguments, which joined are JSON."""

    text: str


type Part = Words | Call | Arguments
type _Reading[T] = Generator[None, None, T]


class CallSplitter:
    """Feed it a model's text; `names` are those of the tools that may be called.

    What could be the beginning of a call is held back until that is decided, with the white space
    before it; white space around calls is part of nothing.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = tuple(names)
        self._parts: list[Part] = []
        self._held: list[str] = []  # the characters that were read, and are not told yet
        self._unread: list[str] = []  # the characters that come next, the last one first
        self._has_ended = self._is_after_call = False
        self._reading = self._read()
        next(self._reading)

    def feed(self, text: str) -> list[Part]:
        """What is decided now."""
        self._unread.extend(reversed(text))
        next(self._reading)
        return self._told()

    def end(self) -> list[Part]:
        """What was held back, when no more text comes."""
        self._has_ended = True
        next(self._reading, None)
        return self._told()

    def _told(self) -> list[Part]:
        told, self._parts = self._parts, []
        return _joined(told)

    def _read(self) -> _Reading[None]:
        """Words and calls, up to the end."""
        is_over = False
        while not is_over:
            yield from self._space()
            begun, next_one = None, (yield from self._next())
            is_over = not next_one
            if next_one == CALL[0]:
                begun = yield from self._beginning()
            elif next_one:
                self._take()
            if begun is not None:
                yield from self._call(begun)
            elif not (is_over and self._is_after_call):
                self._is_after_call = False
                self._tell_words()

    def _call(self, begun: "_Beginning") -> _Reading[None]:
        """The rest of a call."""
        self._held.clear()
        self._parts.append(Call(begun.name))
        if begun.arguments is None:
            yield from self._object(told=True)
        else:
            self._parts.append(Arguments(begun.arguments))
        yield from self._closing()
        self._is_after_call = True

    def _beginning(self) -> _Reading["_Beginning | None"]:
        """A call up to the brace of its arguments, or with them where they come first."""
        if not (yield from self._word(CALL)) or not (yield from self._marks('{"')):
            return None
        key = yield from self._one_of(("name", *ARGUMENTS))
        if not key or not (yield from self._marks(":")):
            return None
        return (yield from self._name_first() if key == "name" else self._arguments_first())

    def _name_first(self) -> _Reading["_Beginning | None"]:
        name = yield from self._name()
        if not name or (yield from self._next()) == "}":
            return _Beginning(name, "{}") if name else None
        if not (yield from self._marks(',"')) or not (yield from self._one_of(ARGUMENTS)):
            return None
        has_arguments = (yield from self._marks(":")) and (yield from self._next()) == "{"
        return _Beginning(name) if has_arguments else None

    def _arguments_first(self) -> _Reading["_Beginning | None"]:
        begin = len(self._held)
        if (yield from self._next()) != "{":
            return None
        yield from self._object(told=False)
        arguments = "".join(self._held[begin:])
        if not (yield from self._marks(',"')) or not (yield from self._one_of(("name",))):
            return None
        name = (yield from self._marks(":")) and (yield from self._name())
        return _Beginning(name, arguments) if name else None

    def _name(self) -> _Reading[str]:
        """The name of a tool; empty if it is none's."""
        return (yield from self._one_of(self._names)) if (yield from self._marks('"')) else ""

    def _closing(self) -> _Reading[None]:
        """What ends a call, as far as it is there."""
        yield from self._marks("}")
        self._held.clear()
        if (yield from self._next()) == CALL_END[0] and not (yield from self._word(CALL_END)):
            self._unread.extend(reversed(self._held))  # another tag
        self._held.clear()

    def _object(self, *, told: bool) -> _Reading[None]:
        """JSON from its brace to the one that closes it; outside of its texts there are no tags."""
        depth = 0
        while (mark := (yield from self._next())) not in ("", CALL[0]):
            self._take(told=told)
            if mark == '"':
                yield from self._text(told=told)
            depth += (mark in "{[") - (mark in "}]")
            if not depth:
                return

    def _text(self, *, told: bool) -> _Reading[None]:
        """A text in JSON after its first quotation mark, up to its last."""
        is_escaped = False
        while mark := (yield from self._next()):
            self._take(told=told)
            if mark == '"' and not is_escaped:
                return
            is_escaped = mark == "\\" and not is_escaped

    def _marks(self, marks: str) -> _Reading[bool]:
        """Whether these come next, with white space before and after each; a quotation mark is
        the last, and what follows is its text."""
        for mark in marks:
            yield from self._space()
            if not (yield from self._word(mark)):
                return False
        if mark != '"':
            yield from self._space()
        return True

    def _one_of(self, words: Collection[str]) -> _Reading[str]:
        """Which of these comes next, with a closing quotation mark; empty if none does."""
        word = ""
        while (mark := (yield from self._next())) and any(
            each.startswith(word + mark) for each in words
        ):
            word += mark
            self._take()
        if word not in words or not (yield from self._word('"')):
            return ""
        yield from self._space()
        return word

    def _word(self, word: str) -> _Reading[bool]:
        """Whether just this comes next."""
        for character in word:
            if (yield from self._next()) != character:
                return False
            self._take()
        return True

    def _space(self) -> _Reading[None]:
        while (yield from self._next()).isspace():
            self._take()

    def _next(self) -> _Reading[str]:
        """The next character, which stays the next until it is taken; empty at the end."""
        while not (self._unread or self._has_ended):
            yield
        return self._unread[-1] if self._unread else ""

    def _take(self, *, told: bool = False) -> None:
        """Hold the next character, or tell it as one of the arguments."""
        self._held.append(self._unread.pop())
        if told:
            self._parts.append(Arguments("".join(self._held)))
            self._held.clear()

    def _tell_words(self) -> None:
        self._parts.append(Words("".join(self._held)))
        self._held.clear()


@dataclass(frozen=True, slots=True)
class _Beginning:
    name: str
    arguments: str | None = None


def _joined(parts: list[Part]) -> list[Part]:
    """The same without cuts and empty texts."""
    joined: list[Part] = []
    for kind, alike in groupby(parts, type):
        if kind is Call:
            joined.extend(alike)
        elif text := "".join(each.text for each in alike if not isinstance(each, Call)):
            joined.append(Words(text) if kind is Words else Arguments(text))
    return joined
