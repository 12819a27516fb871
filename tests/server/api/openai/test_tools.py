"""Tools with the real SDK: calls that a model writes in its text are calls to the program."""

import asyncio
import json
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk

from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

USER: Any = {"role": "user", "content": "What is the weather in Paris and in Rome?"}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "default": ""}},
    "required": [],
    "additionalProperties": False,
}
WEATHER: Any = {
    "type": "function",
    "function": {"name": "get_weather", "description": "The weather.", "parameters": SCHEMA},
}
ARGUMENTS = ['{"city": "Paris </tool_call>"}', '{"city":  "R\\u006fme", "days": [1, {"a": 2.50}]}']
TEXT = "Let me look.\n" + "\n".join(
    f'<tool_call>\n{{"name": "get_weather", "arguments": {each}}}\n</tool_call>'
    for each in ARGUMENTS
)


async def _say(worker: ScriptedWorker, claimed: dict[str, Any], text: str, size: int = 3) -> None:
    for seq, begin in enumerate(range(0, len(text), size), claimed["nextSeq"]):
        await worker.say(claimed, seq, text[begin : begin + size])


def _calls(chunks: list[ChatCompletionChunk]) -> list[dict[str, str]]:
    """What a program makes of the deltas."""
    calls: list[dict[str, str]] = []
    for chunk in chunks:
        for each in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            assert each.function is not None
            if each.index == len(calls):
                assert (each.type, each.function.arguments) == ("function", "")
                calls.append(
                    {"id": each.id or "", "name": each.function.name or "", "arguments": ""}
                )
            else:
                assert (each.id, each.function.name) == (None, None)
                calls[each.index]["arguments"] += each.function.arguments or ""
    return calls


async def test_a_whole_answer_has_words_and_calls_apart(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(model="pro", messages=[USER], tools=[WEATHER])
    )
    claimed = await worker.claim()
    await _say(worker, claimed, TEXT)
    await worker.complete(claimed)
    (choice,) = (await asking).choices
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", "Let me look.")
    calls = [each.to_dict() for each in choice.message.tool_calls or []]
    assert [each["function"] for each in calls] == [
        {"name": "get_weather", "arguments": each} for each in ARGUMENTS
    ]
    assert [each["type"] for each in calls] == ["function", "function"]
    assert len({each["id"] for each in calls}) == 2


async def test_without_words_the_content_is_null(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(model="pro", messages=[USER], tools=[WEATHER])
    )
    claimed = await worker.claim()
    await _say(worker, claimed, '\n<tool_call>{"name":"get_weather"}</tool_call>\n')
    await worker.complete(claimed)
    message = (await asking).choices[0].message
    assert message.content is None
    assert [each.to_dict()["function"] for each in message.tool_calls or []] == [
        {"name": "get_weather", "arguments": "{}"}
    ]


async def test_a_stream_tells_a_call_as_it_is_written(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    claiming = asyncio.create_task(worker.claim())
    stream = await client.chat.completions.create(
        model="pro", messages=[USER], tools=[WEATHER], stream=True
    )
    claimed = await claiming
    half = TEXT.index("Paris") + 2
    await _say(worker, claimed, TEXT[:half])
    seen: list[ChatCompletionChunk] = []
    while not (calls := _calls(seen)) or calls[0]["arguments"] != '{"city": "Pa':
        seen.append(await anext(stream))
    await worker.say(claimed, -(-half // 3), TEXT[half:])
    await worker.complete(claimed)
    seen += [each async for each in stream]
    assert [each["arguments"] for each in _calls(seen)] == ARGUMENTS
    said = [each.choices[0].delta.content or "" for each in seen if each.choices]
    assert "".join(said) == "Let me look."
    assert seen[-1].choices[0].finish_reason == "tool_calls"


async def test_another_machine_goes_on_in_the_midst_of_a_call(
    client: AsyncOpenAI, worker: ScriptedWorker, server: Orchestrator
) -> None:
    claiming = asyncio.create_task(worker.claim())
    stream = await client.chat.completions.create(
        model="pro", messages=[USER], tools=[WEATHER], stream=True
    )
    claimed = await claiming
    half = TEXT.index("Paris") + 2
    await _say(worker, claimed, TEXT[:half])
    await worker.post("release", workerId=worker.id)
    async with ScriptedWorker(server.url, model="other") as second:
        continued = await second.claim()
        assert continued["messages"][-1] == {"role": "assistant", "content": TEXT[:half]}
        await _say(second, continued, TEXT[half:])
        await second.complete(continued)
        seen = [each async for each in stream]
        await second.post("release", workerId=second.id)
    calls = _calls(seen)
    assert [each["arguments"] for each in calls] == ARGUMENTS
    assert all(json.loads(each["arguments"])["city"] for each in calls)


async def test_the_model_is_told_of_the_tools_and_of_what_was_called(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    """In plain messages, which any worker reads: results in the order of their calls."""
    past = [
        {"id": name, "type": "function", "function": {"name": "get_weather", "arguments": each}}
        for name, each in zip(("a", "b"), ARGUMENTS, strict=True)
    ]
    messages: Any = [
        {"role": "system", "content": "Be brief."},
        USER,
        {"role": "assistant", "content": None, "tool_calls": past},
        {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "Rain"}]},
        {"role": "tool", "tool_call_id": "a", "content": "Sun"},
    ]
    asking = asyncio.create_task(
        client.chat.completions.create(
            model="pro", messages=messages, tools=[WEATHER], parallel_tool_calls=False
        )
    )
    claimed = await worker.claim()
    system, *rest = claimed["messages"]
    assert system["content"].startswith("Be brief.\n\n")
    told = next(line for line in system["content"].splitlines() if line.startswith("{"))
    assert json.loads(told) == WEATHER
    assert rest == [
        USER,
        {"role": "assistant", "content": TEXT.partition("\n")[2]},
        {
            "role": "user",
            "content": "<tool_response>\nSun\n</tool_response>\n"
            "<tool_response>\nRain\n</tool_response>",
        },
    ]
    assert claimed["params"] == {"stop": ["</tool_call>"]}
    await worker.say(claimed, 0, "Sun, rain.")
    await worker.complete(claimed)
    choice = (await asking).choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Sun, rain.", "stop")


@pytest.mark.parametrize("more", [{"tool_choice": "none"}, {}])
async def test_who_offers_no_tools_gets_words_to_the_letter(
    client: AsyncOpenAI, worker: ScriptedWorker, more: dict[str, Any]
) -> None:
    ask: Any = client.chat.completions.create
    tools = {"tools": [WEATHER]} if more else {}
    asking = asyncio.create_task(ask(model="pro", messages=[USER], **tools, **more))
    claimed = await worker.claim()
    assert claimed["messages"] == [USER]
    await _say(worker, claimed, TEXT)
    await worker.complete(claimed)
    message = (await asking).choices[0].message
    assert (message.content, message.tool_calls) == (TEXT, None)


async def test_a_call_that_is_cut_by_the_budget_ends_at_its_length(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(model="pro", messages=[USER], tools=[WEATHER], max_tokens=9)
    )
    claimed = await worker.claim()
    await worker.say(claimed, 0, TEXT[:70])
    await worker.complete(claimed, reason="length")
    choice = (await asking).choices[0]
    assert choice.finish_reason == "length"
    assert len(choice.message.tool_calls or []) == 1
