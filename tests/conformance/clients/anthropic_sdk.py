"""The `anthropic` package."""

import asyncio
import json
from typing import Any

from anthropic import Anthropic
from checks import FACTS, KEY, PIRATE, QUESTION, SCHEMA, URL, WEATHER, WORDS, feature, strict, tell

client = Anthropic(base_url=URL, api_key=KEY, max_retries=0)
USER: Any = {"model": "auto", "max_tokens": 99, "messages": [{"role": "user", "content": QUESTION}]}
ASK: Any = USER | {"messages": [{"role": "user", "content": WEATHER}]}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL: Any = {"name": "get_weather", "description": "", "input_schema": PARAMETERS}


def _call(**more: Any) -> Any:
    answer = strict(client.messages.create(**ASK, tools=[TOOL], **more))
    assert answer.stop_reason == "tool_use"
    (call,) = [each for each in answer.content if each.type == "tool_use"]
    assert (call.name, call.input) == ("get_weather", {"city": "Paris"})
    return answer


@feature("messages")
def plain() -> None:
    answer = strict(client.messages.create(**USER))
    assert [each.text for each in answer.content] == [WORDS]
    assert answer.stop_reason == "end_turn"


@feature("messages, streamed")
def streamed() -> None:
    events = [strict(each) for each in client.messages.create(**USER, stream=True)]
    assert events[-1].type == "message_stop"
    with client.messages.stream(**USER) as stream:
        assert strict(stream.get_final_message()).content[0].text == WORDS


@feature("system prompt")
def system() -> None:
    answer = strict(client.messages.create(**USER, system="You are a PIRATE."))
    assert answer.content[0].text == PIRATE


@feature("tools, auto")
def tools_auto() -> None:
    _call()


@feature("tools, required")
def tools_required() -> None:
    _call(tool_choice={"type": "any"})


@feature("tools, named")
def tools_named() -> None:
    _call(tool_choice={"type": "tool", "name": "get_weather"})


@feature("tool's result")
def tool_result() -> None:
    answer = _call()
    result = {"type": "tool_result", "tool_use_id": answer.content[0].id, "content": "sun"}
    turns = [
        *ASK["messages"],
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": [result]},
    ]
    last = strict(client.messages.create(**ASK | {"messages": turns}, tools=[TOOL]))
    assert last.content[0].text == "It is sunny."


@feature("streamed tool call")
def streamed_tool() -> None:
    with client.messages.stream(**ASK, tools=[TOOL]) as stream:
        (call,) = strict(stream.get_final_message()).content
    assert call.input == {"city": "Paris"}


@feature("JSON schema")
def json_schema() -> None:
    wanted: Any = {"format": {"type": "json_schema", "schema": SCHEMA}}
    answer = strict(client.messages.create(**USER, output_config=wanted))
    assert json.loads(answer.content[0].text) == FACTS


@feature("models")
def models() -> None:
    assert "scripted" in [strict(each).id for each in client.models.list()]


asyncio.run(tell())
