"""The `litellm` package, with its providers for servers of OpenAI's and Anthropic's formats."""

import asyncio
import json
from typing import Any

import litellm
from checks import FACTS, KEY, PIRATE, QUESTION, SCHEMA, URL, WEATHER, WORDS, feature, tell

CHAT: Any = {"model": "openai/auto", "api_base": f"{URL}/v1", "api_key": KEY, "max_retries": 0}
USER: Any = [{"role": "user", "content": QUESTION}]
ASK: Any = [{"role": "user", "content": WEATHER}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}


def _said(messages: Any = USER, **more: Any) -> str:
    return litellm.completion(messages=messages, **CHAT, **more).choices[0].message.content


def _call(**more: Any) -> Any:
    answer = litellm.completion(messages=ASK, tools=[TOOL], **CHAT, **more)
    return _checked(answer.choices[0].message)


def _checked(message: Any) -> Any:
    (call,) = message.tool_calls
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    return message


@feature("plain chat")
def plain() -> None:
    assert _said() == WORDS
    assert _said(tools=[], presence_penalty=0) == WORDS


@feature("streaming")
def streaming() -> None:
    stream = litellm.completion(messages=USER, stream=True, **CHAT)
    assert "".join(each.choices[0].delta.content or "" for each in stream) == WORDS


@feature("system prompt")
def system() -> None:
    assert _said([{"role": "system", "content": "You are a PIRATE."}, *USER]) == PIRATE


@feature("JSON object")
def json_object() -> None:
    assert json.loads(_said(response_format={"type": "json_object"})) == FACTS


@feature("JSON schema")
def json_schema() -> None:
    named = {"name": "capital", "schema": SCHEMA, "strict": True}
    wanted = {"type": "json_schema", "json_schema": named}
    assert json.loads(_said(response_format=wanted)) == FACTS


@feature("tools, auto")
def tools_auto() -> None:
    _call()


@feature("tools, required")
def tools_required() -> None:
    _call(tool_choice="required")


@feature("tools, named")
def tools_named() -> None:
    _call(tool_choice={"type": "function", "function": {"name": "get_weather"}})


@feature("tool's result")
def tool_result() -> None:
    message = _call()
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sun"}
    assert _said([*ASK, message, result], tools=[TOOL]) == "It is sunny."


@feature("streamed tool call")
def streamed_tool() -> None:
    stream = litellm.completion(messages=ASK, tools=[TOOL], stream=True, **CHAT)
    _checked(litellm.stream_chunk_builder(list(stream)).choices[0].message)


@feature("completions")
def completions() -> None:
    text = CHAT | {"model": "text-completion-openai/auto"}
    assert litellm.text_completion(prompt="The capital", **text).choices[0].text == WORDS


@feature("responses")
def responses() -> None:
    answer = litellm.responses(input=QUESTION, **CHAT)
    assert [part.text for item in answer.output for part in item.content] == [WORDS]


@feature("messages")
def messages() -> None:
    own = {"model": "anthropic/auto", "api_base": URL, "api_key": KEY, "max_retries": 0}
    assert litellm.completion(messages=USER, **own).choices[0].message.content == WORDS


asyncio.run(tell())
