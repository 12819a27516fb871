"""A context-free grammar as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass

type Node = "Text | Letter | Sequence | Choice | Repeat | Reference"


@dataclass(frozen=True, slots=True)
class Text:
    """These very characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of these ranges, ends included; `is_other`: one of none of them."""

    ranges: tuple[tuple[str, str], ...]
    is_other: bool = False

    def has(self, character: str) -> bool:
        """Whether it may be this one."""
        return any(low <= character <= high for low, high in self.ranges) is not self.is_other


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them."""

    ways: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same again and again: at least `least` times, at most `most`, None for no end."""

    part: "Node"
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What the grammar has under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """What `root` describes. Names are of letters, digits and hyphens; none of them is "root"."""

    root: Node
    rules: Mapping[str, Node]


def sequence(*parts: Node | str) -> Sequence:
    """These in turn; a string stands for its text."""
    return Sequence(tuple(Text(each) if isinstance(each, str) else each for each in parts))


def choice(*ways: Node | str) -> Choice:
    """One of these; a string stands for its text."""
    return Choice(tuple(Text(each) if isinstance(each, str) else each for each in ways))
