"""Endpoints that know tools are asked in their own form; what they call is text inside."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from ashao.messages import Message, Params, Role
from ashao.providers.failures import Failure, ProviderError
from ashao_text.tools.description import Tool, Tools, with_tools
from ashao_text.tools.history import PastCall, Said, plain_turns
from ashao_text.tools.splitter import Arguments, Call, CallSplitter, Words
from tests.server.providers.houses import fake_of, provider_at
from tests.support.fake_openai import DONE, FakeOpenAI, chunk

GET = Tool("get", "Gets.", {"type": "object", "properties": {}})
TOOLS = Tools([GET, Tool("put")])
MUST = Tools([GET], several=False, required=True)
CALLS = [PastCall("x", "get", '{"a": 1}'), PastCall("y", "put")]
SAID = [
    Said("system", "Be brief."),
    Said("user", "Hi"),
    Said("assistant", "", CALLS),
    Said("tool", "one", call_id="x"),
    Said("tool", "two", call_id="y"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeOpenAI]:
    with fake_of("openai") as fake:
        assert isinstance(fake, FakeOpenAI)
        yield fake


@pytest.fixture
def fake(running: FakeOpenAI) -> FakeOpenAI:
    running.reset()
    return running


def _messages(tools: Tools, *more: str) -> list[Message]:
    turns = with_tools(plain_turns(SAID), tools)
    said = [Message(cast("Role", each.role), each.content) for each in turns]
    return said + [Message("assistant", each) for each in more]


def _call(arguments: str, **first: Any) -> str:
    function = {"arguments": arguments, **({"name": first["name"]} if first else {})}
    start = {"id": first["id"], "type": "function"} if first else {}
    return chunk({"tool_calls": [{"index": first.get("index", 0), **start, "function": function}]})


async def _answer(fake: FakeOpenAI, tools: Tools, *more: str) -> str:
    async with (
        provider_at(fake) as provider,
        provider.stream(_messages(tools, *more), Params(tools=tools)) as answer,
    ):
        return "".join([piece async for piece in answer])


def _parts(text: str, begun: str = "") -> list[Any]:
    splitter = CallSplitter(["get", "put"])
    return splitter.feed(begun + text) + splitter.end()


async def test_tools_calls_and_results_are_in_the_endpoints_form(fake: FakeOpenAI) -> None:
    fake.sends(
        chunk({"content": "Wait."}),
        _call("", name="get", id="a"),
        _call('{"a":'),
        _call(" 2}"),
        _call("", name="put", id="b", index=1),
        chunk({}, "tool_calls"),
        DONE,
    )
    text = await _answer(fake, TOOLS)
    assert _parts(text) == [
        *(Words("Wait."), Call("get"), Arguments('{"a": 2}'), Call("put"), Arguments("{}")),
    ]
    (request,) = fake.requests
    system, user, calling, *results = request.body["messages"]
    assert (system["content"], user["content"]) == ("Be brief.", "Hi")
    assert [each["function"] for each in calling["tool_calls"]] == [
        {"name": "get", "arguments": '{"a": 1}'},
        {"name": "put", "arguments": "{}"},
    ]
    assert [(each["role"], each["content"]) for each in results] == [
        ("tool", "one"),
        ("tool", "two"),
    ]
    ids = [each["id"] for each in calling["tool_calls"]]
    assert [each["tool_call_id"] for each in results] == ids
    assert request.body["tools"][0]["function"] == {
        "name": "get",
        "description": "Gets.",
        "parameters": GET.parameters,
    }
    assert request.body.keys().isdisjoint({"tool_choice", "parallel_tool_calls"})


async def test_a_call_that_must_be_made_goes_on_from_its_beginning(fake: FakeOpenAI) -> None:
    fake.sends(
        chunk({"content": "Well,"}),
        _call('{"a": 3}', name="get", id="a"),
        chunk({}, "stop"),
        DONE,
    )
    text = await _answer(fake, MUST)
    assert _parts(text, MUST.beginning) == [Call("get"), Arguments('{"a": 3}')]
    (request,) = fake.requests
    assert request.body["messages"][-1]["role"] == "tool"
    assert (request.body["tool_choice"], request.body["parallel_tool_calls"]) == ("required", False)


async def test_words_are_no_answer_where_a_call_must_be_made(fake: FakeOpenAI) -> None:
    fake.says("No.")
    with pytest.raises(ProviderError) as failed:
        await _answer(fake, MUST)
    assert failed.value.code is Failure.BROKEN_STREAM


@pytest.mark.parametrize(
    "words", ["this model does not support tools", "roles must alternate user/assistant"]
)
async def test_an_endpoint_without_tools_is_asked_in_words(fake: FakeOpenAI, words: str) -> None:
    fake.fails(400, words=words)
    fake.says('<tool_call>\n{"name": "get", "arguments": {}}\n</tool_call>')
    assert _parts(await _answer(fake, TOOLS)) == [Call("get"), Arguments("{}")]
    refused, taken = (each.body for each in fake.requests)
    assert "tools" in refused
    assert "tools" not in taken
    assert "Gets." in taken["messages"][0]["content"]


async def test_a_call_that_another_machine_began_is_ended_in_words(fake: FakeOpenAI) -> None:
    """In the midst of a call there is only text."""
    begun = '<tool_call>\n{"name": "get", "arguments": {"city": "Pa'
    fake.says('"arguments": {"city": "Paris"}}\n</tool_call>')
    text = await _answer(fake, TOOLS, begun)
    assert _parts(text, begun) == [Call("get"), Arguments('{"city": "Paris"}')]
    assert "tools" not in fake.requests[0].body
