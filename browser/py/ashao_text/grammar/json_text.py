"""JSON's own grammar (RFC 8259), with white space and numbers of bounded length.

White space without end is what a model falls into that does not know what to say; before a comma or
a colon nobody writes any.
"""

from ashao_text.grammar.rules import (
    Choice,
    Letter,
    Node,
    Reference,
    Repeat,
    Sequence,
    Text,
    choice,
    sequence,
)

SPACE, CHARACTER, STRING = Reference("space"), Reference("character"), Reference("string")
INTEGER, NUMBER, VALUE = Reference("integer"), Reference("number"), Reference("value")
OBJECT, ARRAY = Reference("object"), Reference("array")

_DIGIT = Letter((("0", "9"),))
_HEX = Letter((("0", "9"), ("a", "f"), ("A", "F")))
_HEX2, _HEX3 = Repeat(_HEX, 2, 2), Repeat(_HEX, 3, 3)
_MINUS = Repeat(Text("-"), 0, 1)
_D = Letter((("d", "d"), ("D", "D")))
# No half of a surrogate pair alone: that is no character.
_UNICODE = choice(
    sequence(Letter((("0", "9"), ("a", "c"), ("e", "f"), ("A", "C"), ("E", "F"))), _HEX3),
    sequence(_D, Letter((("0", "7"),)), _HEX2),
    sequence(
        _D,
        Letter((("8", "9"), ("a", "b"), ("A", "B"))),
        _HEX2,
        "\\u",
        _D,
        Letter((("c", "f"), ("C", "F"))),
        _HEX2,
    ),
)


def listed(opening: str, item: Node, closing: str, least: int = 0, most: int | None = None) -> Node:
    """So many items, with commas between them and space around them."""
    following = Sequence((Text(","), SPACE, item))
    more = Repeat(following, max(0, least - 1), None if most is None else most - 1)
    some = sequence(opening, SPACE, item, more, SPACE, closing)
    none = sequence(opening, SPACE, closing)
    if most == 0:
        return none
    return some if least else Choice((none, some))


MEMBER = Sequence((STRING, Text(":"), SPACE, VALUE))

RULES: dict[str, Node] = {
    "space": choice("", " ", sequence("\n", Repeat(Letter(((" ", " "), ("\t", "\t"))), 0, 20))),
    "escape": choice(Letter(tuple((each, each) for each in '"\\/bfnrt')), sequence("u", _UNICODE)),
    "character": Choice(
        (
            Letter((("\x00", "\x1f"), ('"', '"'), ("\\", "\\")), is_other=True),
            Sequence((Text("\\"), Reference("escape"))),
        )
    ),
    "string": sequence('"', Repeat(CHARACTER), '"'),
    "whole": choice("0", sequence(Letter((("1", "9"),)), Repeat(_DIGIT, 0, 15))),
    "integer": Sequence((_MINUS, Reference("whole"))),
    "number": sequence(
        INTEGER,
        Repeat(sequence(".", Repeat(_DIGIT, 1, 16)), 0, 1),
        Repeat(
            sequence(
                Letter((("e", "e"), ("E", "E"))),
                Repeat(Letter((("+", "+"), ("-", "-"))), 0, 1),
                Repeat(_DIGIT, 1, 2),
            ),
            0,
            1,
        ),
    ),
    "member": MEMBER,
    "object": listed("{", Reference("member"), "}"),
    "array": listed("[", VALUE, "]"),
    "value": choice(OBJECT, ARRAY, STRING, NUMBER, "true", "false", "null"),
}
