"""The `langchain-openai` package: bind_tools, and with_structured_output in its three ways."""

import asyncio
from typing import Any

from checks import FACTS, KEY, PIRATE, QUESTION, URL, WEATHER, WORDS, feature, tell
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI
from pydantic import BaseModel

SETTINGS: Any = {"model": "auto", "base_url": f"{URL}/v1", "api_key": KEY, "max_retries": 0}
chat = ChatOpenAI(**SETTINGS)
responses = ChatOpenAI(**SETTINGS, use_responses_api=True)


class Capital(BaseModel):
    """What is asked for."""

    city: str
    population: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"sun in {city}"


def _structured(method: Any, model: Any = chat) -> None:
    asked = model.with_structured_output(Capital, method=method).invoke(f"{QUESTION} In JSON.")
    assert asked == Capital(**FACTS)


def _call(model: Any = chat, **more: Any) -> AIMessage:
    answer = model.bind_tools([get_weather], **more).invoke(WEATHER)
    (call,) = answer.tool_calls
    assert (call["name"], call["args"]) == ("get_weather", {"city": "Paris"})
    assert not answer.invalid_tool_calls
    return answer


@feature("plain chat")
def plain() -> None:
    assert chat.invoke(QUESTION).content == WORDS
    assert chat.invoke([HumanMessage(QUESTION, name="Zoe")]).content == WORDS


@feature("streaming")
def streaming() -> None:
    assert "".join(each.text for each in chat.stream(QUESTION)) == WORDS


@feature("system prompt")
def system() -> None:
    assert chat.invoke([SystemMessage("You are a PIRATE."), HumanMessage(QUESTION)]).text == PIRATE


@feature("JSON object")
def json_object() -> None:
    _structured("json_mode")


@feature("JSON schema")
def json_schema() -> None:
    _structured("json_schema")


@feature("tools, named")
def tools_named() -> None:
    _structured("function_calling")
    _call(tool_choice="get_weather")


@feature("tools, auto")
def tools_auto() -> None:
    _call()


@feature("tools, required")
def tools_required() -> None:
    _call(tool_choice="required")


@feature("tool's result")
def tool_result() -> None:
    called = _call()
    result = get_weather.invoke(called.tool_calls[0])
    assert isinstance(result, ToolMessage)
    turns = [HumanMessage(WEATHER), called, result]
    assert chat.bind_tools([get_weather]).invoke(turns).text == "It is sunny."


@feature("streamed tool call")
def streamed_tool() -> None:
    first, *rest = chat.bind_tools([get_weather]).stream(WEATHER)
    (call,) = sum(rest, first).tool_calls
    assert (call["name"], call["args"]) == ("get_weather", {"city": "Paris"})


@feature("completions")
def completions() -> None:
    assert OpenAI(**SETTINGS).invoke("The capital") == WORDS


@feature("responses")
def plain_response() -> None:
    assert responses.invoke(QUESTION).text == WORDS


@feature("responses, streamed")
def streamed_response() -> None:
    assert "".join(each.text for each in responses.stream(QUESTION)) == WORDS


@feature("responses, JSON schema")
def response_schema() -> None:
    _structured("json_schema", responses)


@feature("responses, tools")
def response_tools() -> None:
    _call(responses)


asyncio.run(tell())
