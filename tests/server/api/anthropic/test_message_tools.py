"""Tools in messages by the SDK, strictly in its own types: whole, streamed, and unbroken."""

import asyncio
import json
from typing import Any

from anthropic import AsyncAnthropic
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from tests.support.calls import ARGUMENTS, HALF, SCHEMA, TEXT, write
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
QUESTION: Any = {"role": "user", "content": "What is the weather in Paris and in Rome?"}
WEATHER: Any = {"name": "get_weather", "description": "The weather.", "input_schema": SCHEMA}
ASKED: Any = {"model": "pro", "max_tokens": 500, "messages": [QUESTION], "tools": [WEATHER]}


async def test_calls_are_blocks_and_are_sent_back_with_their_results(
    client: AsyncAnthropic, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(client.messages.create(**ASKED))
    claimed = await worker.claim()
    await write(worker, claimed, TEXT)
    await worker.complete(claimed, reason="stop")
    message = Message.model_validate((await asking).to_dict(), strict=True)
    assert message.stop_reason == "tool_use"
    words, *calls = [each.to_dict() for each in message.content]
    assert words["text"] == "Let me look."
    assert [each["input"] for each in calls] == [json.loads(each) for each in ARGUMENTS]
    first, second = [each["id"] for each in calls]
    results = [
        {"type": "tool_result", "tool_use_id": second, "content": "Gone", "is_error": True},
        {
            "type": "tool_result",
            "tool_use_id": first,
            "content": [{"type": "text", "text": "Sun"}],
        },
    ]
    messages = [
        QUESTION,
        {"role": "assistant", "content": [words, *calls]},
        {"role": "user", "content": results},
    ]
    choice: Any = {"type": "auto", "disable_parallel_tool_use": True}
    again = ASKED | {"messages": messages, "tool_choice": choice}
    asking = asyncio.create_task(client.messages.create(**again))
    claimed = await worker.claim()
    *_, assistant, result = claimed["messages"]
    assert assistant["content"].count("<tool_call>") == 2
    assert result["content"] == (
        "<tool_response>\nSun\n</tool_response>\n<tool_response>\nError: Gone\n</tool_response>"
    )
    assert claimed["params"]["stop"] == ["</tool_call>"]
    await worker.say(claimed, 0, "Sun.")
    await worker.complete(claimed, reason="stop")
    assert (await asking).stop_reason == "end_turn"


async def test_another_machine_goes_on_in_the_midst_of_a_call(
    client: AsyncAnthropic, worker: ScriptedWorker, server: Orchestrator
) -> None:
    """Also when it thinks before: one call, one id, and nothing of it twice."""
    stream = await client.messages.create(**ASKED, stream=True)
    claimed = await worker.claim()
    seq = await write(worker, claimed, TEXT[:HALF])
    await worker.post("release", workerId=worker.id)
    async with ScriptedWorker(server.url, model="other") as second:
        continued = await second.claim()
        await worker.say(claimed, seq, "zombie")
        await second.think(continued, seq, "Hm")
        await write(second, continued, TEXT[HALF:], seq + 1)
        await second.complete(continued, reason="stop")
        events = [each async for each in stream]
        await second.post("release", workerId=second.id)
    for each in events:
        EVENT.validate_python(each.to_dict(), strict=True)
    begun: list[Any] = [each for each in events if each.type == "content_block_start"]
    assert [each.content_block.type for each in begun] == ["text", "tool_use", "tool_use"]
    assert len({each.content_block.id for each in begun[1:]}) == 2
    deltas: list[Any] = [each for each in events if each.type == "content_block_delta"]
    written = [
        "".join(each.delta.partial_json for each in deltas if each.index == place)
        for place in (1, 2)
    ]
    assert written == ARGUMENTS
    ended: Any = events[-2]
    assert ended.delta.stop_reason == "tool_use"


async def test_a_call_that_must_be_made_is_begun_and_one_that_is_cut_is_shown_as_text(
    client: AsyncAnthropic, worker: ScriptedWorker
) -> None:
    choice: Any = {"type": "tool", "name": "get_weather"}
    asking = asyncio.create_task(client.messages.create(**ASKED, tool_choice=choice))
    claimed = await worker.claim()
    begun = '<tool_call>\n{"name": "get_weather", "arguments":'
    assert claimed["messages"][-1] == {"role": "assistant", "content": begun}
    await worker.say(claimed, 0, ' {"city": "Pa')
    await worker.complete(claimed, reason="length")
    message = await asking
    assert message.stop_reason == "max_tokens"
    assert [each.to_dict()["text"] for each in message.content] == [f'{begun} {{"city": "Pa']
