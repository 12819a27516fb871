"""Grammars of JSON schemas: they accept what satisfies, and go on at every character."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ashao_text.grammar.gbnf import gbnf
from ashao_text.grammar.machine import Machine, TooManyWays, accepts, is_whole, residual
from ashao_text.grammar.rules import Grammar, Letter, Reference, Repeat, choice, sequence
from ashao_text.grammar.schema import grammar_of_schema
from ashao_text.grammar.schema_limits import SchemaRefused
from tests.text.grammar.schemas import WITH_TREE, words
from tests.text.grammar.walks import walk

ANYTHING = grammar_of_schema({"type": "object"})
ESCAPES = '{"a\\"\\u00e9\\n": ["\\ud83d\\ude00é", -1.5e+3, null, {}], "": true}'


@given(words())
def test_what_satisfies_a_schema_is_a_word(word: tuple[dict[str, Any], str]) -> None:
    schema, text = word
    assert accepts(grammar_of_schema(schema), text)


@settings(max_examples=50)
@given(WITH_TREE, st.randoms(use_true_random=False))
def test_every_word_satisfies_its_schema(schema: dict[str, Any], chance: Any) -> None:
    """Whatever spelling a walk through the grammar finds."""
    text = walk(grammar_of_schema(schema), chance)
    if text is not None:
        Draft202012Validator(schema).validate(json.loads(text))


@settings(max_examples=25, deadline=None)
@given(words())
def test_a_residual_goes_on_at_every_character(word: tuple[dict[str, Any], str]) -> None:
    schema, text = word
    _go_on_at_every_character(grammar_of_schema(schema), text)


@settings(max_examples=10, deadline=None)
@given(words(), words())
def test_a_residual_accepts_what_the_grammar_does_and_nothing_else(
    word: tuple[dict[str, Any], str], other: tuple[dict[str, Any], str]
) -> None:
    (schema, text), (_, stranger) = word, other
    grammar = grammar_of_schema(schema)
    for at in range(len(text)):
        rest = residual(grammar, text[:at])
        assert rest is not None
        for ending in (stranger, text[at + 1 :], text[at:] + "}", stranger[at:]):
            assert accepts(rest, ending) == accepts(grammar, text[:at] + ending)


def test_escapes_are_gone_on_from_in_their_midst() -> None:
    _go_on_at_every_character(ANYTHING, ESCAPES)


def _go_on_at_every_character(grammar: Grammar, text: str) -> None:
    for at in range(len(text) + 1):
        rest = residual(grammar, text[:at])
        assert rest is not None
        assert accepts(rest, text[at:])
        assert (residual(rest, text[at:]) is None) is False
    assert residual(grammar, text[:-1]) is not None


@pytest.mark.parametrize("half", ['"\\ud83d"', '"\\ude00"', '"\\ud83dx"', '"\\ud83d\\u0041"'])
def test_half_a_character_is_no_word(half: str) -> None:
    assert not accepts(grammar_of_schema({"type": "string"}), half)


@pytest.mark.parametrize(
    "text", ["[]", "{,}", '{"a":1,}', '{"a":01}', "{} ", " {}", '{"a": +1}', "{'a': 1}", "{", ""]
)
def test_what_is_no_object_is_no_word(text: str) -> None:
    assert not accepts(ANYTHING, text)


def test_a_prefix_that_breaks_the_schema_has_no_residual() -> None:
    grammar = grammar_of_schema({"type": "object", "properties": {"a": {"type": "null"}}})
    assert residual(grammar, '{"b') is None
    assert residual(grammar, '{"a": n') is not None


def test_nothing_follows_a_whole_word() -> None:
    rest = residual(ANYTHING, "{}")
    assert rest is not None
    assert is_whole(rest)
    assert not is_whole(ANYTHING)
    number = residual(grammar_of_schema({"type": "integer"}), "12")
    assert number is not None
    assert not is_whole(number)  # another digit may follow


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "string", "pattern": "a"}, "pattern"),
        ({"type": "object", "properties": {"x": {"minimum": 1}}}, "properties[0].minimum"),
        ({"type": "colour"}, "type"),
        ({"$ref": "#/$defs/none"}, "$ref"),
        ({"$ref": "https://example.org/schema"}, "$ref"),
        ({"$ref": "#"}, "$ref"),
        ({"anyOf": [{"type": "null"}, {"$ref": "#"}]}, "$ref"),
        ({"anyOf": []}, "anyOf"),
        ({"enum": []}, "enum"),
        ({"type": "array", "items": 5}, "items"),
        ({"type": "array", "maxItems": 10_000}, "maxItems"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "maxItems"),
        ({"type": "object", "required": ["x"]}, "required"),
        ({"type": "string", "maxLength": -1}, "maxLength"),
        ({"enum": list(range(501))}, "enum"),
        ({"enum": ["x" * 20_000]}, "enum"),
        ({"anyOf": [{"type": "null"}] * 501}, "anyOf[499]"),
        ({"properties": {}, "type": "object", "not": {}}, "not"),
    ],
)
def test_what_cannot_be_kept_to_is_refused_by_its_place(schema: dict[str, Any], place: str) -> None:
    with pytest.raises(SchemaRefused) as refused:
        grammar_of_schema(schema)
    assert refused.value.place == place


def test_a_schema_that_is_too_deep_is_refused() -> None:
    schema: dict[str, Any] = {"type": "null"}
    for _ in range(11):
        schema = {"type": "array", "items": schema}
    with pytest.raises(SchemaRefused, match="10 levels"):
        grammar_of_schema(schema)
    assert grammar_of_schema(schema["items"])


def test_a_grammar_that_can_be_read_in_too_many_ways_is_given_up() -> None:
    digit = Letter((("0", "9"),))
    many = choice(*(sequence(digit, str(number)) for number in range(300)))
    with pytest.raises(TooManyWays):
        Machine(Grammar(many, {}))
    endless = Grammar(Reference("a"), {"a": sequence(Reference("a"), "x")})
    with pytest.raises(TooManyWays):
        Machine(endless)


def test_a_grammar_is_printed_as_engines_read_it() -> None:
    part = choice('a"\n', Letter((("a", "z"), ("-", "-")), is_other=True))
    grammar = Grammar(sequence(Repeat(part, 1, 3), Reference("end")), {"end": choice("", "é")})
    printed = 'root ::= ("a\\"\\n" | [^a-z\\x2D]){1,3} end\nend ::= "" | "é"\n'
    assert gbnf(grammar) == printed
