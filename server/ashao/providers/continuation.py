"""Asking a model in words to go on where another producer stopped.

"Begin with its last words and go on": those words are an anchor. Repeated, they show the seam, and
`ashao_text.overlap` removes them there. A model may as well start over, repeat some other part, or
go on without a word.
"""

from collections.abc import Sequence

from ashao.messages import Message, prefix_of
from ashao_text.overlap import LEADERS

ANCHOR = 80
"""At most so many characters of the prefix are quoted in the instruction."""

INSTRUCTION = (
    "Your answer above was cut off before its end. Continue it exactly from where it stops. "
    "Begin by repeating its last words, which are between the lines below, letter for letter, "
    "then go on from there. Do not start over, do not comment, do not add quotation marks.\n"
    "-----\n{anchor}\n-----"
)


def with_continue_instruction(messages: Sequence[Message]) -> list[Message]:
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
