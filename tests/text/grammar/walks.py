"""Walks through a grammar that say a word of it."""

from typing import Any

from ashao_text.grammar.machine import Machine, Stack, State
from ashao_text.grammar.rules import Grammar, Letter, Text

MOST_CHARACTERS = 120
OTHERS = 'aé \t😀Z~0-"\\'


def walk(grammar: Grammar, chance: Any) -> str | None:
    """A word at random; None where the walk was too long."""
    machine, said = Machine(grammar), ""
    while len(said) < MOST_CHARACTERS:
        state = machine.state_after(said)
        if None in state and (len(state) == 1 or chance.random() < 0.5):
            return said
        said += chance.choice(sorted(_possible(state)))
    return None


def _possible(state: State) -> set[str]:
    found = set[str]()
    for stack in state:
        match stack:
            case Stack(Text(text)):
                found.add(text[0])
            case Stack(Letter() as letter):
                found |= {each for each in OTHERS if letter.has(each)}
                found |= set() if letter.is_other else {low for low, _ in letter.ranges}
    return found
