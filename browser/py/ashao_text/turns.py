"""A conversation for templates that take nothing but turns of user and assistant, one by one."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ashao_text.tokens import Message

WISH = re.compile(r"\broles?\b|alternat|\bsystem\b|\buser (query|message)", re.IGNORECASE)


class Turn(NamedTuple):
    """A message like any other."""

    role: str
    content: str


def alternating(messages: Sequence[Message]) -> list[Turn]:
    """The same words in the same order: the system's are the user's, neighbours are one turn."""
    turns: list[Turn] = []
    for each in messages:
        role = "assistant" if each.role == "assistant" else "user"
        if turns and turns[-1].role == role:
            turns[-1] = Turn(role, f"{turns[-1].content}\n\n{each.content}")
        else:
            turns.append(Turn(role, each.content))
    return turns


def wants_turns(complaint: str) -> bool:
    """Whether a server complains of who speaks when."""
    return WISH.search(complaint) is not None
