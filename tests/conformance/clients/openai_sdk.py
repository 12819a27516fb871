"""The `openai` package: every call that it has and we serve."""

import asyncio
import json
from typing import Any

from checks import FACTS, KEY, PIRATE, QUESTION, SCHEMA, URL, WEATHER, WORDS, feature, strict, tell
from openai import OpenAI
from pydantic import BaseModel

client = OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0)
chat = client.chat.completions
USER: Any = [{"role": "user", "content": QUESTION}]
ASK: Any = [{"role": "user", "content": WEATHER}]
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
FLAT: Any = {"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": True}


class Capital(BaseModel):
    """What is asked for."""

    city: str
    population: int


def _call(**more: Any) -> Any:
    (choice,) = strict(chat.create(model="auto", messages=ASK, tools=[TOOL], **more)).choices
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    return choice.message


@feature("plain chat")
def plain() -> None:
    answer = strict(chat.create(model="auto", messages=USER))
    assert answer.choices[0].message.content == WORDS
    assert answer.usage.total_tokens > 0


@feature("streaming")
def streaming() -> None:
    stream = chat.create(
        model="auto", messages=USER, stream=True, stream_options={"include_usage": True}
    )
    chunks = [strict(each) for each in stream]
    assert "".join(each.choices[0].delta.content or "" for each in chunks[:-1]) == WORDS
    assert chunks[-1].usage is not None


@feature("system prompt")
def system() -> None:
    messages: Any = [{"role": "system", "content": "You are a PIRATE."}, *USER]
    assert strict(chat.create(model="auto", messages=messages)).choices[0].message.content == PIRATE


@feature("JSON object")
def json_object() -> None:
    answer = strict(
        chat.create(model="auto", messages=USER, response_format={"type": "json_object"})
    )
    assert json.loads(answer.choices[0].message.content or "") == FACTS


@feature("JSON schema")
def json_schema() -> None:
    parsed = chat.parse(model="auto", messages=USER, response_format=Capital)
    assert parsed.choices[0].message.parsed == Capital(**FACTS)


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
    answer = strict(chat.create(model="auto", messages=[*ASK, message, result], tools=[TOOL]))
    assert answer.choices[0].message.content == "It is sunny."


@feature("streamed tool call")
def streamed_tool() -> None:
    with chat.stream(model="auto", messages=ASK, tools=[TOOL]) as stream:
        for event in stream:
            if event.type == "chunk":
                strict(event.chunk)
        (call,) = stream.get_final_completion().choices[0].message.tool_calls or []
    assert json.loads(call.function.arguments) == {"city": "Paris"}


@feature("completions")
def completions() -> None:
    answer = strict(client.completions.create(model="auto", prompt="The capital"))
    assert answer.choices[0].text == WORDS


@feature("responses")
def responses() -> None:
    answer = client.responses.create(model="auto", input=QUESTION)
    assert strict(answer).output_text == WORDS


@feature("responses, streamed")
def responses_streamed() -> None:
    stream = client.responses.create(model="auto", input=QUESTION, stream=True)
    events = [strict(each) for each in stream]
    assert events[-1].response.output_text == WORDS


@feature("responses, JSON schema")
def responses_schema() -> None:
    answer = client.responses.parse(model="auto", input=QUESTION, text_format=Capital)
    assert answer.output_parsed == Capital(**FACTS)
    named: Any = {"type": "json_schema", "name": "capital", "schema": SCHEMA, "strict": True}
    raw = strict(client.responses.create(model="auto", input=QUESTION, text={"format": named}))
    assert json.loads(raw.output_text) == FACTS


@feature("responses, tools")
def responses_tools() -> None:
    answer = strict(client.responses.create(model="auto", input=WEATHER, tools=[FLAT]))
    (call,) = [each for each in answer.output if each.type == "function_call"]
    assert json.loads(call.arguments) == {"city": "Paris"}


@feature("models")
def models() -> None:
    names = [strict(each).id for each in client.models.list()]
    assert "scripted" in names
    assert strict(client.models.retrieve("scripted")).id == "scripted"


asyncio.run(tell())
