"""The `pydantic-ai` package: agents on the chat and on the responses."""

import asyncio
from typing import Any

from checks import FACTS, KEY, PIRATE, QUESTION, URL, WEATHER, WORDS, feature, tell
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

provider = OpenAIProvider(base_url=f"{URL}/v1", api_key=KEY)
chat = OpenAIChatModel("auto", provider=provider)
responses = OpenAIResponsesModel("auto", provider=provider)


class Capital(BaseModel):
    """What is asked for."""

    city: str
    population: int


async def _output(output: Any, model: Any = chat) -> None:
    done = await Agent(model, output_type=output).run(QUESTION)
    assert done.output == Capital(**FACTS)


def _with_tool(model: Any) -> tuple[Agent[None, str], list[str]]:
    agent, asked = Agent(model), []

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return "sun"

    return agent, asked


@feature("plain chat")
async def plain() -> None:
    assert (await Agent(chat).run(QUESTION)).output == WORDS


@feature("streaming")
async def streaming() -> None:
    async with Agent(chat).run_stream(QUESTION) as stream:
        assert "".join([each async for each in stream.stream_text(delta=True)]) == WORDS


@feature("system prompt")
async def system() -> None:
    agent = Agent(chat, system_prompt="You are a PIRATE.")
    assert (await agent.run(QUESTION)).output == PIRATE


@feature("JSON object")
async def json_object() -> None:
    await _output(PromptedOutput(Capital))


@feature("JSON schema")
async def json_schema() -> None:
    await _output(NativeOutput(Capital))


@feature("tools, required")
async def tools_required() -> None:
    await _output(ToolOutput(Capital))


@feature("tools, auto")
@feature("tool's result")
async def tools() -> None:
    agent, asked = _with_tool(chat)
    assert (await agent.run(WEATHER)).output == "It is sunny."
    assert asked == ["Paris"]


@feature("streamed tool call")
async def streamed_tool() -> None:
    agent, asked = _with_tool(chat)
    async with agent.run_stream(WEATHER) as stream:
        assert await stream.get_output() == "It is sunny."
    assert asked == ["Paris"]


@feature("responses")
async def plain_response() -> None:
    assert (await Agent(responses).run(QUESTION)).output == WORDS


@feature("responses, streamed")
async def streamed_response() -> None:
    async with Agent(responses).run_stream(QUESTION) as stream:
        assert await stream.get_output() == WORDS


@feature("responses, JSON schema")
async def response_schema() -> None:
    await _output(NativeOutput(Capital), responses)


@feature("responses, tools")
async def response_tools() -> None:
    agent, asked = _with_tool(responses)
    assert (await agent.run(WEATHER)).output == "It is sunny."
    assert asked == ["Paris"]


asyncio.run(tell())
