"""Whether a text is JSON that satisfies a schema.

The schema is a stranger's, so its choices are counted; where they are too many the grammar tells,
whose work is bounded.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, validators
from referencing import Registry

from ashao_text.grammar.machine import TooManyWays, accepts
from ashao_text.grammar.schema import grammar_of_schema

MAX_CHOICES = 1_000

_any_of = Draft202012Validator.VALIDATORS["anyOf"]


def satisfies(schema: Mapping[str, Any], text: str) -> bool:
    """Whether a text is JSON that satisfies a schema, which has a grammar."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return False
    try:
        return _is_valid(schema, value)
    except (_TooManyChoices, RecursionError):
        try:
            return accepts(grammar_of_schema(schema), text)
        except TooManyWays:
            return False


class _TooManyChoices(Exception):
    """The schema has an answer looked at in more ways than are tried."""


def _is_valid(schema: Mapping[str, Any], value: object) -> bool:
    left = MAX_CHOICES

    def any_of(*given: Any) -> Iterator[Any]:
        nonlocal left
        left -= 1
        if left < 0:
            raise _TooManyChoices
        yield from _any_of(*given)

    validator = validators.extend(Draft202012Validator, {"anyOf": any_of})
    return bool(validator(schema, registry=Registry()).is_valid(value))
