"""Tools in responses by the SDK, strictly in its own types: whole, streamed, and unbroken."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from tests.support.calls import ARGUMENTS, HALF, SCHEMA, TEXT, write
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
QUESTION = "What is the weather in Paris and in Rome?"
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather.",
    "parameters": SCHEMA,
    "strict": False,
}
ASKED: Any = {"model": "pro", "input": QUESTION, "tools": [WEATHER]}


async def _events(stream: AsyncIterator[Any]) -> list[Any]:
    found = [each async for each in stream]
    for each in found:
        EVENT.validate_python(each.to_dict(), strict=True)
    return found


def _assert_both_calls(response: Response, events: list[Any]) -> None:
    """The deltas, their ends and the response tell of the same two calls, each once."""
    calls: list[Any] = [each for each in response.output if each.type == "function_call"]
    assert [(each.name, each.arguments) for each in calls] == [
        ("get_weather", each) for each in ARGUMENTS
    ]
    assert len({each.call_id for each in calls}) == len({each.id for each in calls}) == 2
    for kind in ("added", "done"):
        items = [each.item for each in events if each.type == f"response.output_item.{kind}"]
        assert [each.call_id for each in items if each.type == "function_call"] == [
            each.call_id for each in calls
        ]
    for call in calls:
        of_call = [each for each in events if getattr(each, "item_id", "") == call.id]
        *deltas, done = of_call
        assert "".join(each.delta for each in deltas) == done.arguments == call.arguments
        assert {each.output_index for each in of_call} == {response.output.index(call)}


async def test_a_whole_response_has_words_and_calls_apart(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(client.responses.create(**ASKED))
    claimed = await worker.claim()
    told = next(
        line for line in claimed["messages"][0]["content"].splitlines() if line.startswith("{")
    )
    assert json.loads(told)["function"] == {
        key: WEATHER[key] for key in ("name", "description", "parameters")
    }
    await write(worker, claimed, TEXT)
    await worker.complete(claimed)
    response = Response.model_validate((await asking).to_dict(), strict=True)
    assert [each.type for each in response.output] == ["message", "function_call", "function_call"]
    assert (response.status, response.output_text) == ("completed", "Let me look.")
    calls = [each for each in response.output if each.type == "function_call"]
    assert [(each.name, each.arguments) for each in calls] == [
        ("get_weather", each) for each in ARGUMENTS
    ]
    assert [each.to_dict() for each in response.tools] == [WEATHER]
    assert (response.tool_choice, response.parallel_tool_calls) == ("auto", True)


async def test_without_words_there_is_no_message(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    stream = await client.responses.create(**ASKED, stream=True)
    claimed = await worker.claim()
    await write(worker, claimed, TEXT.partition("\n")[2])
    await worker.complete(claimed)
    events = await _events(stream)
    assert [each.type for each in events[-1].response.output] == ["function_call"] * 2
    _assert_both_calls(events[-1].response, events)


async def test_another_machine_goes_on_in_the_midst_of_a_call(
    client: AsyncOpenAI, worker: ScriptedWorker, server: Orchestrator
) -> None:
    """Also when it thinks before: one call, one id, and nothing of it twice."""
    stream = await client.responses.create(**ASKED, stream=True)
    claimed = await worker.claim()
    seq = await write(worker, claimed, TEXT[:HALF])
    await worker.post("release", workerId=worker.id)
    async with ScriptedWorker(server.url, model="other") as second:
        continued = await second.claim()
        assert continued["messages"][-1] == {"role": "assistant", "content": TEXT[:HALF]}
        await worker.say(claimed, seq, "zombie")
        await second.think(continued, seq, "Hm")
        await write(second, continued, TEXT[HALF:], seq + 1)
        await second.complete(continued)
        events = await _events(stream)
        await second.post("release", workerId=second.id)
    response = events[-1].response
    assert (response.status, response.output_text) == ("completed", "Let me look.")
    _assert_both_calls(response, events)


async def test_calls_and_results_are_sent_back(client: AsyncOpenAI, worker: ScriptedWorker) -> None:
    """An answer's own items, with results in any order."""
    asking = asyncio.create_task(client.responses.create(**ASKED))
    claimed = await worker.claim()
    await write(worker, claimed, TEXT)
    await worker.complete(claimed)
    items: list[Any] = [each.to_dict() for each in (await asking).output]
    first, second = [each["call_id"] for each in items if each["type"] == "function_call"]
    rain = [{"type": "input_text", "text": "Rain"}]
    results: list[Any] = [
        {"type": "function_call_output", "call_id": second, "output": rain},
        {"type": "function_call_output", "call_id": first, "output": "Sun"},
    ]
    question: Any = {"role": "user", "content": QUESTION}
    again = ASKED | {"input": [question, *items, *results], "parallel_tool_calls": False}
    asking = asyncio.create_task(client.responses.create(**again, instructions="Be brief."))
    claimed = await worker.claim()
    system, *rest = claimed["messages"]
    assert system["content"].startswith("Be brief.\n\n")
    assert rest == [
        question,
        {"role": "assistant", "content": TEXT},
        {
            "role": "user",
            "content": "<tool_response>\nSun\n</tool_response>\n"
            "<tool_response>\nRain\n</tool_response>",
        },
    ]
    assert claimed["params"] == {"stop": ["</tool_call>"]}
    await worker.say(claimed, 0, "Sun, rain.")
    await worker.complete(claimed)
    response = await asking
    assert (response.output_text, response.parallel_tool_calls) == ("Sun, rain.", False)


@pytest.mark.parametrize("choice", ["required", {"type": "function", "name": "get_weather"}])
async def test_a_call_that_must_be_made_is_begun_for_the_model(
    client: AsyncOpenAI, worker: ScriptedWorker, choice: Any
) -> None:
    asking = asyncio.create_task(client.responses.create(**ASKED, tool_choice=choice))
    claimed = await worker.claim()
    begun = '<tool_call>\n{"name": "get_weather", "arguments":'
    assert claimed["messages"][-1] == {"role": "assistant", "content": begun}
    await worker.say(claimed, 0, ' {"city": ""}}\n')
    await worker.complete(claimed)
    response = Response.model_validate((await asking).to_dict(), strict=True)
    (call,) = response.output
    assert call.type == "function_call"
    assert (call.name, call.arguments) == ("get_weather", '{"city": ""}')


async def test_who_wants_no_call_gets_words_to_the_letter(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(client.responses.create(**ASKED, tool_choice="none"))
    claimed = await worker.claim()
    assert claimed["messages"] == [{"role": "user", "content": QUESTION}]
    await write(worker, claimed, TEXT)
    await worker.complete(claimed)
    assert (await asking).output_text == TEXT
