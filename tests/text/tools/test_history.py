"""A conversation with calls and results becomes turns that any model reads."""

import json

from hypothesis import given
from hypothesis import strategies as some

from ashao_text.tools.description import Tool, Tools, description_of, with_tools
from ashao_text.tools.history import PastCall, Said, plain_turns
from ashao_text.tools.splitter import Arguments, Call, CallSplitter
from ashao_text.turns import Turn

CALLS = [PastCall("a", "get", '{"x": 1}'), PastCall("b", "get", '{"x": 2}')]


def _result(call_id: str) -> Said:
    return Said("tool", f"of {call_id}", call_id=call_id)


@given(some.permutations(["a", "b", "odd"]))
def test_results_are_one_turn_in_the_order_of_their_calls(order: list[str]) -> None:
    turns = plain_turns([Said("assistant", "Hm.", CALLS), *map(_result, order)])
    assert [each.role for each in turns] == ["assistant", "user"]
    assert [turns[1].content.index(f"of {each}") for each in ("a", "b", "odd")] == sorted(
        turns[1].content.index(f"of {each}") for each in ("a", "b", "odd")
    )


def test_results_without_calls_and_calls_without_results_are_kept() -> None:
    assert plain_turns(
        [_result("a"), Said("user", "Hi"), Said("assistant", "", CALLS[:1]), Said("user", "So?")]
    ) == [
        Turn("user", "<tool_response>\nof a\n</tool_response>"),
        Turn("user", "Hi"),
        Turn("assistant", '<tool_call>\n{"name": "get", "arguments": {"x": 1}}\n</tool_call>'),
        Turn("user", "So?"),
    ]


@given(some.text(max_size=20))
def test_whatever_arguments_were_the_turn_reads_as_a_call_or_as_words(arguments: str) -> None:
    """Broken ones, too: a program sends back what a model wrote."""
    (turn,) = plain_turns([Said("assistant", "", [PastCall("a", "get", arguments)])])
    splitter = CallSplitter(["get"])
    parts = splitter.feed(turn.content) + splitter.end()
    try:
        is_object = isinstance(json.loads(arguments or "{}"), dict)
    except ValueError:
        is_object = False
    if is_object:
        assert parts == [Call("get"), Arguments(arguments.strip() or "{}")]
    else:
        assert json.loads(turn.content.split("\n")[1])["arguments"] == arguments


def test_the_description_stands_behind_the_systems_words() -> None:
    tool = Tool("get", "Gets “it”.", {"type": "object", "additionalProperties": False})
    tools = Tools([tool, Tool("put")])
    described = description_of(tools)
    lines = [json.loads(each) for each in described.splitlines() if each.startswith('{"type"')]
    assert [each["function"] for each in lines] == [
        {"name": "get", "description": "Gets “it”.", "parameters": tool.parameters},
        {"name": "put"},
    ]
    assert described != description_of(Tools([tool, Tool("put")], several=False))
    user = Turn("user", "Hi")
    assert with_tools([user], tools) == [Turn("system", described), user]
    assert with_tools([Turn("system", "Be kind."), user], tools) == [
        Turn("system", f"Be kind.\n\n{described}"),
        user,
    ]
