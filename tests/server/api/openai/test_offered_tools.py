"""Tools have bounds, and whatever is wrong with one is named."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ashao.api.openai.asked import ask_of
from ashao.api.openai.schemas import ChatCompletionBody
from ashao.api.programs.ask import Ask
from ashao.api.programs.errors import UnsupportedValue
from ashao.api.programs.liberal import understood
from ashao_text.tools.description import Tool, Tools

USER = {"role": "user", "content": "Hello?"}


def _tool(name: str = "f", **function: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **function}}


def _understood(**body: Any) -> ChatCompletionBody:
    return understood({"messages": [USER], **body}, ChatCompletionBody)


def _asked(**body: Any) -> Ask:
    return ask_of(_understood(**body))


def _deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


BAD: list[tuple[dict[str, Any], str]] = [
    ({"tools": "f"}, "tools"),
    ({"tools": [_tool()] * 129}, "tools"),
    ({"tools": [_tool(str(n), description="x" * 60_000) for n in range(5)]}, "tools"),
    ({"tools": [{"type": "custom", "custom": {}}]}, "tools[0].type"),
    ({"tools": [{"type": "function"}]}, "tools[0].function"),
    ({"tools": [_tool(), _tool()]}, "tools[1].function.name"),
    ({"tools": [_tool("a b")]}, "tools[0].function.name"),
    ({"tools": [_tool("a\n")]}, "tools[0].function.name"),
    ({"tools": [_tool("x" * 65)]}, "tools[0].function.name"),
    ({"tools": [_tool(parameters=[1])]}, "tools[0].function.parameters"),
    ({"tools": [_tool(parameters=_deep(100))]}, "tools[0].function.parameters"),
    ({"tools": [_tool(description=5)]}, "tools[0].function.description"),
    ({"tools": [_tool(code="x")]}, "tools[0].function.code"),
    ({"tools": [_tool()], "tool_choice": "any"}, "tool_choice"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tools": [_tool()], "response_format": {"type": "json_object"}}, "response_format"),
    ({"tools": [_tool()], "tool_choice": _tool("g")}, "tool_choice"),
    ({"tools": [_tool()], "tool_choice": {"type": "function"}}, "tool_choice.function"),
    ({"tools": [_tool()], "parallel_tool_calls": "no"}, "parallel_tool_calls"),
    ({"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]}, "tool_calls[0].function"),
    (
        {"messages": [{"role": "assistant", "tool_calls": [_tool(arguments={"a": 1})]}]},
        "messages[0].tool_calls[0].function.arguments",
    ),
    ({"messages": [{"role": "function", "content": "x"}]}, "messages[0].role"),
    ({"messages": [{"role": "tool", "content": "x", "tool_call_id": 5}]}, ".tool_call_id"),
]


@pytest.mark.parametrize(("body", "param"), BAD)
def test_what_is_wrong_is_named(body: dict[str, Any], param: str) -> None:
    with pytest.raises(UnsupportedValue) as refused:
        _asked(**body)
    assert (refused.value.param or "").endswith(param)
    assert param.rpartition(".")[2] in str(refused.value)


JSON = some.recursive(
    some.sampled_from([None, False, True, "", 0, "a"]),
    lambda inner: some.lists(inner) | some.dictionaries(some.sampled_from("abc"), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(some.dictionaries(some.sampled_from("abc"), JSON, min_size=1))
def test_of_a_schema_nothing_is_left_out(schema: dict[str, Any]) -> None:
    """False and empty values mean something there."""
    (tool,) = _understood(tools=[_tool(parameters=schema)]).tools
    assert tool.function.parameters == schema


def test_a_tool_is_described_unless_none_shall_be_called() -> None:
    assert _asked(tools=[_tool()]).params.tools == Tools([Tool("f")])
    assert _asked(tools=[_tool()], tool_choice="none").params.tools is None
    assert len(_asked(tools=[_tool()], tool_choice="none").messages) == 1
    assert _asked(tools=[_tool()], parallel_tool_calls=True).params.stop is None


def test_only_a_choice_among_several_needs_a_worker_that_can_be_made_to() -> None:
    two = [_tool("f"), _tool("g")]
    assert _asked(tools=two, tool_choice="required").params.abilities == {"json_schema"}
    assert _asked(tools=two, tool_choice=two[0]).params.abilities == frozenset()
    assert _asked(tools=two).params.abilities == frozenset()
    assert _asked(tools=two[:1], tool_choice="required").params.abilities == frozenset()


def test_odd_histories_are_taken() -> None:
    """A result without a call, a call without an id or a result, nothing in either."""
    asked = _asked(
        messages=[
            {"role": "tool", "content": "", "tool_call_id": "nobody's"},
            {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": ""}}]},
            {"role": "tool"},
        ]
    )
    assert [each.role for each in asked.messages] == ["user", "assistant", "user"]
