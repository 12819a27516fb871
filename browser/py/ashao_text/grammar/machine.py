"""Follows a text through a grammar, one character after the other.

Where several things may come, all are followed at once: a state is the set of stacks of what must
still come. So what is left of a grammar after a prefix is a grammar again. Stacks of a grammar can
be many, and a text without end: MAX_STACKS bounds a state, MAX_STEPS what leads to it, and MAX_WORK
all of a machine's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ashao_text.grammar.rules import (
    Choice,
    Grammar,
    Letter,
    Node,
    Reference,
    Repeat,
    Sequence,
    Text,
)

MAX_STACKS = 256
MAX_STEPS = 2_000
MAX_WORK = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """What must still come, the next on top; a machine has each but once, so `is` tells them
    apart, however deep they are."""

    top: Node
    below: "Stack | None"


type State = frozenset[Stack | None]
"""None is the empty stack: nothing need come."""


class TooManyWays(ValueError):
    """The grammar lets a text be read in more ways at a time than are followed."""


class Machine:
    """The states of one grammar; each is worked out once. Methods raise TooManyWays."""

    def __init__(self, grammar: Grammar) -> None:
        self._rules = grammar.rules
        self._work = 0
        self._moves: dict[tuple[State, str], State] = {}
        self._stacks: dict[tuple[Node, Stack | None], Stack] = {}
        self._start = self._ready([self._push(grammar.root, None)])

    def state_after(self, text: str) -> State:
        """Where the text leads; the empty set when no word begins with it."""
        state = self._start
        for character in text:
            move = (state, character)
            if (following := self._moves.get(move)) is None:
                following = self._moves[move] = self._step(state, character)
            state = following
        return state

    def _step(self, state: State, character: str) -> State:
        return self._ready([rest for each in state for rest in self._after(each, character)])

    def _push(self, node: Node, below: Stack | None) -> Stack:
        key = (node, below)
        if (stack := self._stacks.get(key)) is None:
            stack = self._stacks[key] = Stack(node, below)
        return stack

    def _ready(self, stacks: list[Stack | None]) -> State:
        """The stacks opened up until each has a character on top, or is empty."""
        seen, ready = set(stacks), set[Stack | None]()
        waiting = list(seen)
        while waiting:
            self._work += 1
            if len(seen) > MAX_STEPS or len(ready) > MAX_STACKS or self._work > MAX_WORK:
                raise TooManyWays
            stack = waiting.pop()
            if stack is None or isinstance(stack.top, Letter) or _is_text(stack.top):
                ready.add(stack)
                continue
            for opened in self._open(stack.top, stack.below):
                if opened not in seen:
                    seen.add(opened)
                    waiting.append(opened)
        return frozenset(ready)

    def _open(self, node: Node, rest: Stack | None) -> Iterator[Stack | None]:
        match node:
            case Reference(name):
                yield self._push(self._rules[name], rest)
            case Choice(ways):
                yield from (self._push(way, rest) for way in ways)
            case Sequence(parts):
                for part in reversed(parts):
                    rest = self._push(part, rest)
                yield rest
            case Repeat(part, least, most):
                if least == 0:
                    yield rest
                if most != 0:
                    fewer = Repeat(part, max(0, least - 1), None if most is None else most - 1)
                    yield self._push(part, self._push(fewer, rest))
            case _:  # an empty text
                yield rest

    def _after(self, stack: Stack | None, character: str) -> Iterator[Stack | None]:
        """What must come after the character, if it may stand on top."""
        match stack:
            case Stack(Letter() as letter, below) if letter.has(character):
                yield below
            case Stack(Text(text), below) if text[0] == character:
                yield self._push(Text(text[1:]), below) if len(text) > 1 else below


def accepts(grammar: Grammar, text: str) -> bool:
    """Whether the text is a word of the grammar. Raises TooManyWays."""
    return None in Machine(grammar).state_after(text)


def residual(grammar: Grammar, prefix: str) -> Grammar | None:
    """What may follow the prefix; None where nothing that begins with it is a word.

    For every word `uv` of the grammar, the residual after `u` accepts `v`, and nothing else that
    would make no word of `u`. Raises TooManyWays.
    """
    return grammar_of(Machine(grammar).state_after(prefix), grammar)


def grammar_of(state: State, grammar: Grammar) -> Grammar | None:
    """A state of the grammar's machine as a grammar of its own."""
    ways = tuple(sorted((_sequence(each) for each in state), key=repr))
    return Grammar(Choice(ways), grammar.rules) if ways else None


def is_whole(grammar: Grammar) -> bool:
    """Whether nothing can follow any more: an engine need not be asked."""
    return Machine(grammar).state_after("") == frozenset({None})


def _is_text(node: Node) -> bool:
    return isinstance(node, Text) and node.text != ""


def _sequence(stack: Stack | None) -> Node:
    parts: list[Node] = []
    while stack is not None:
        parts.append(stack.top)
        stack = stack.below
    return Sequence(tuple(parts))
