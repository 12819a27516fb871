"""Gemini is asked for calls in its own form; what it calls is text inside."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from ashao.messages import Message, Params, Role
from ashao.providers.failures import Failure, ProviderError
from ashao_text.tools.description import Tool, Tools, with_tools
from ashao_text.tools.history import PastCall, Said, plain_turns
from ashao_text.tools.splitter import Arguments, Call, CallSplitter, Words
from tests.server.providers.houses import fake_of, provider_at
from tests.support.fake_gemini import FakeGemini, event

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False}
GET = Tool("get", "Gets.", SCHEMA)
TOOLS = Tools([GET, Tool("put")])
MUST = Tools([GET], several=False, required=True)
CALLS = [PastCall("x", "get", '{"a": 1}'), PastCall("y", "put")]
SAID = [
    Said("user", "Hi"),
    Said("assistant", "Wait.", CALLS),
    Said("tool", "one", call_id="x"),
    Said("tool", "two", call_id="y"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeGemini]:
    with fake_of("gemini") as fake:
        assert isinstance(fake, FakeGemini)
        yield fake


@pytest.fixture
def fake(running: FakeGemini) -> FakeGemini:
    running.reset()
    return running


def _event(*parts: dict[str, Any], finish: str = "") -> str:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": parts}}
    return event({"candidates": [candidate | ({"finishReason": finish} if finish else {})]})


async def _parts(fake: FakeGemini, tools: Tools) -> list[Any]:
    """What the answer is, read with what was begun of it."""
    turns = with_tools(plain_turns(SAID), tools)
    messages = [Message(cast("Role", each.role), each.content) for each in turns]
    async with (
        provider_at(fake) as provider,
        provider.stream(messages, Params(tools=tools)) as answer,
    ):
        text = "".join([piece async for piece in answer])
    splitter = CallSplitter(["get", "put"])
    return splitter.feed(tools.beginning + text) + splitter.end()


async def test_tools_calls_and_results_are_in_geminis_form(fake: FakeGemini) -> None:
    get, put = {"name": "get", "args": {"a": 2}}, {"name": "put"}
    fake.sends(
        _event({"text": "Once more."}),
        _event({"functionCall": get}, {"functionCall": put}, finish="STOP"),
    )
    assert await _parts(fake, TOOLS) == [
        *(Words("Once more."), Call("get"), Arguments('{"a": 2}'), Call("put"), Arguments("{}")),
    ]
    (request,) = fake.requests
    assert "systemInstruction" not in request.body
    user, calling, results = request.body["contents"]
    assert user["parts"] == [{"text": "Hi"}]
    words, *calls = calling["parts"]
    assert (calling["role"], words) == ("model", {"text": "Wait."})
    assert [each["functionCall"] for each in calls] == [
        {"name": "get", "args": {"a": 1}},
        {"name": "put", "args": {}},
    ]
    assert all(each["thoughtSignature"] for each in calls)
    assert results == {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": name, "response": {"result": text}}}
            for name, text in (("get", "one"), ("put", "two"))
        ],
    }
    (tools,) = request.body["tools"]
    assert tools["functionDeclarations"] == [
        {"name": "get", "description": "Gets.", "parameters_json_schema": SCHEMA},
        {"name": "put"},
    ]
    assert request.body["toolConfig"]["functionCallingConfig"] == {"mode": "AUTO"}


async def test_a_call_that_must_be_made_goes_on_from_its_beginning(fake: FakeGemini) -> None:
    call = {"functionCall": {"name": "get", "args": {"a": 3}}}
    fake.sends(_event({"text": "Well,"}), _event(call, finish="STOP"))
    assert await _parts(fake, MUST) == [Call("get"), Arguments('{"a": 3}')]
    assert fake.requests[0].body["toolConfig"]["functionCallingConfig"] == {"mode": "ANY"}


async def test_words_are_no_answer_where_a_call_must_be_made(fake: FakeGemini) -> None:
    fake.says("No.")
    with pytest.raises(ProviderError) as failed:
        await _parts(fake, MUST)
    assert failed.value.code is Failure.BROKEN_STREAM


async def test_tools_that_it_refuses_are_told_in_words(fake: FakeGemini) -> None:
    fake.fails(400, words="Invalid JSON payload: parameters_json_schema")
    fake.says('<tool_call>\n{"name": "get", "arguments": {}}\n</tool_call>')
    assert await _parts(fake, TOOLS) == [Call("get"), Arguments("{}")]
    refused, taken = (each.body for each in fake.requests)
    assert "tools" in refused
    assert "tools" not in taken
    assert "Gets." in taken["systemInstruction"]["parts"][0]["text"]
