"""The `llama-index-llms-openai-like` package, as a chat and in its default form of completions."""

import asyncio
from typing import Any

from checks import FACTS, KEY, PIRATE, QUESTION, URL, WEATHER, WORDS, feature, tell
from llama_index.core import PromptTemplate
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

SETTINGS: Any = {"model": "auto", "api_base": f"{URL}/v1", "api_key": KEY, "max_retries": 0}
chat = OpenAILike(**SETTINGS, is_chat_model=True, is_function_calling_model=True)
user = ChatMessage(role="user", content=QUESTION)


class Capital(BaseModel):
    """What is asked for."""

    city: str
    population: int


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"sun in {city}"


weather = FunctionTool.from_defaults(get_weather)


def _call(**more: Any) -> Any:
    answer = chat.chat_with_tools([weather], user_msg=WEATHER, **more)
    return _checked(answer)


def _checked(answer: Any) -> Any:
    (call,) = chat.get_tool_calls_from_response(answer)
    assert (call.tool_name, call.tool_kwargs) == ("get_weather", {"city": "Paris"})
    return answer


@feature("plain chat")
def plain() -> None:
    assert chat.chat([user]).message.content == WORDS
    assert chat.complete(QUESTION).text == WORDS


@feature("streaming")
def streaming() -> None:
    assert "".join(each.delta or "" for each in chat.stream_chat([user])) == WORDS


@feature("system prompt")
def system() -> None:
    pirate = ChatMessage(role="system", content="You are a PIRATE.")
    assert chat.chat([pirate, user]).message.content == PIRATE


@feature("JSON schema")
def json_schema() -> None:
    strict = OpenAILike(**SETTINGS, is_chat_model=True, should_use_structured_outputs=True)
    assert strict.structured_predict(Capital, PromptTemplate(QUESTION)) == Capital(**FACTS)


@feature("tools, auto")
def tools_auto() -> None:
    _call()


@feature("tools, required")
def tools_required() -> None:
    _call(tool_required=True)
    assert chat.structured_predict(Capital, PromptTemplate(QUESTION)) == Capital(**FACTS)


@feature("tools, named")
def tools_named() -> None:
    _call(tool_choice="get_weather")


@feature("tool's result")
def tool_result() -> None:
    called = chat.predict_and_call([weather], user_msg=WEATHER)
    assert called.response == "sun in Paris"
    message = _call().message
    (call,) = message.additional_kwargs["tool_calls"]
    result = ChatMessage(role="tool", content="sun", additional_kwargs={"tool_call_id": call.id})
    turns = [ChatMessage(role="user", content=WEATHER), message, result]
    assert chat.chat_with_tools([weather], chat_history=turns).message.content == "It is sunny."


@feature("streamed tool call")
def streamed_tool() -> None:
    *_, last = chat.stream_chat_with_tools([weather], user_msg=WEATHER)
    _checked(last)


@feature("completions")
def completions() -> None:
    plain = OpenAILike(**SETTINGS)
    assert plain.complete("The capital").text == WORDS
    assert "".join(each.delta or "" for each in plain.stream_complete("The capital")) == WORDS


asyncio.run(tell())
