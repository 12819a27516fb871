"""Words and calls are told apart, however the text is cut, and nothing of it is lost."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ashao_text.tools.history import written_call
from ashao_text.tools.splitter import Arguments, Call, CallSplitter, Part, Words

NAMES = ("get", "get_weather", "send")
CALL = '<tool_call>\n{"name": "get", "arguments": {"a": 1}}\n</tool_call>'
GET: list[Part] = [Call("get"), Arguments('{"a": 1}')]

UNDERSTOOD: dict[str, list[Part]] = {
    CALL: GET,
    f"\n{CALL}\n": GET,
    f"Let me see.\n\n{CALL}": [Words("Let me see."), *GET],
    f"{CALL}\n{CALL}": GET * 2,
    f"{CALL} Done.\n": [*GET, Words(" Done.\n")],
    '<tool_call>{"name":"get","arguments":{"a": 1}}</tool_call>': GET,
    '<tool_call> { "name" : "get" , "parameters" : {"a": 1} } </tool_call>': GET,
    '<tool_call>{"arguments": {"a": 1}, "name": "get"}</tool_call>': GET,
    '<tool_call>{"name": "get"}</tool_call>': [Call("get"), Arguments("{}")],
    '<tool_call>{"name": "get_weather", "arguments": {}}': [
        Call("get_weather"),
        Arguments("{}"),
    ],
    # A tag within a text is no tag, and a brace there is none.
    '<tool_call>{"name": "get", "arguments": {"a": "}\\"</tool_call>\\\\"}}</tool_call>': [
        Call("get"),
        Arguments('{"a": "}\\"</tool_call>\\\\"}'),
    ],
    # Without closing tags, or with more opening ones than calls.
    '<tool_call>{"name": "get", "arguments": {"a": 1}}\n' + CALL: GET * 2,
    "<tool_call>\n" + CALL: [Words("<tool_call>\n"), *GET],
    # Its arguments never end, or lack a brace.
    '<tool_call>{"name": "get", "arguments": {"a": "b': [Call("get"), Arguments('{"a": "b')],
    '<tool_call>{"name": "get", "arguments": {"a": [1}</tool_call>': [
        Call("get"),
        Arguments('{"a": [1}'),
    ],
}
WORDS = [
    "",
    "Hello?",
    " \n",
    "a < b, <b>, </tool_call>, <tool_calls>, <tool_call",
    '<tool_call>{"name": "delete", "arguments": {}}</tool_call>',
    '<tool_call>{"name": "ge", "arguments": {}}</tool_call>',
    '<tool_call>{"name": 5, "arguments": {}}</tool_call>',
    '<tool_call>{"name": "get", "arguments": [1]}</tool_call>',
    '<tool_call>{"name": "get", "argu',
    "<tool_call>get(a=1)</tool_call>",
    '<tool_call>{"arguments": {"a": 1}, "name": "delete"}</tool_call>',
    '<tool_call>{"arguments": {"a": {</tool_call>',
    '<tool_call>{"arguments": {"a": 1}, "name": "ge',
]


def told(text: str, cuts: list[int]) -> list[Part]:
    """All that the splitter says of the text, which comes in pieces."""
    splitter = CallSplitter(NAMES)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[a:b] for a, b in zip(places, places[1:], strict=False)]
    parts = [part for piece in pieces for part in splitter.feed(piece)] + splitter.end()
    return _joined(parts)


def _joined(parts: list[Part]) -> list[Part]:
    joined: list[Part] = []
    for part in parts:
        match joined[-1:], part:
            case [Words(before)], Words(text):
                joined[-1] = Words(before + text)
            case [Arguments(before)], Arguments(text):
                joined[-1] = Arguments(before + text)
            case _:
                joined.append(part)
    return joined


CUTS = some.lists(some.integers(0, 200), max_size=8)


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD.items())
@given(cuts=CUTS)
def test_a_call_is_told_from_words(text: str, expected: list[Part], cuts: list[int]) -> None:
    assert told(text, cuts) == expected


@pytest.mark.parametrize("text", WORDS)
@given(cuts=CUTS)
def test_what_is_no_call_is_words_to_the_letter(text: str, cuts: list[int]) -> None:
    assert told(text, cuts) == ([Words(text)] if text else [])


SCRAPS = [
    *("<tool_call>", "</tool_call>", '{"name": "get"', ', "arguments": ', '{"a": "<"}', "}", "{"),
    *('"', "\\", "<", "/", " ", "\n", "x", '"name": "get"', '{"arguments": {}', '{"parameters":'),
]


@given(text=some.lists(some.sampled_from(SCRAPS), max_size=25).map("".join), cuts=CUTS)
def test_any_text_is_the_same_in_any_pieces_and_nothing_is_lost(text: str, cuts: list[int]) -> None:
    """Whatever words and arguments it has are in the text, in their order."""
    parts = told(text, cuts)
    assert parts == told(text, []) == told(text, list(range(200)))
    begin = 0
    for part in parts:
        # Arguments that came before their name, or never came, are found behind it.
        if not isinstance(part, Call) and part != Arguments("{}"):
            begin = text.index(part.text, begin) + len(part.text)
    if not any(isinstance(each, Call) for each in parts):
        assert "".join(each.text for each in parts if isinstance(each, Words)) == text


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=8),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
CALLS = some.lists(
    some.tuples(some.sampled_from(NAMES), some.dictionaries(some.text(max_size=4), JSON)),
    max_size=3,
)


@given(words=some.text(max_size=20).filter(lambda text: "<" not in text), calls=CALLS, cuts=CUTS)
def test_any_calls_are_read_as_they_were_written(
    words: str, calls: list[tuple[str, dict[str, Any]]], cuts: list[int]
) -> None:
    written = [(name, json.dumps(each, ensure_ascii=False, indent=1)) for name, each in calls]
    text = "\n".join([words, *(written_call(*each) for each in written)])
    said = words.rstrip() if calls else words
    expected: list[Part] = [Words(said)] if said else []
    expected += [part for name, each in written for part in (Call(name), Arguments(each))]
    assert told(text, cuts) == expected


def test_each_letter_is_told_at_once() -> None:
    """What it may be is decided, so nobody waits for what comes behind it."""
    splitter = CallSplitter(NAMES)
    assert splitter.feed("Let me") == [Words("Let me")]
    assert splitter.feed('\n<tool_call>{"name": "get", "arguments": ') == []
    assert splitter.feed("{") == [Call("get"), Arguments("{")]
    assert splitter.feed('"a": "<') == [Arguments('"a": "<')]
    assert splitter.feed('"}') == [Arguments('"}')]
    assert splitter.feed("}</tool_call>\nDone") == [Words("\nDone")]
