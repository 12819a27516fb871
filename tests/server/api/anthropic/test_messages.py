"""Anthropic's Messages by the SDK, strictly in its own types: whole, streamed, and unbroken."""

import asyncio
from typing import Any

import httpx
import pytest
from anthropic import APIStatusError, AsyncAnthropic
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from tests.support.orchestrator import Orchestrator
from tests.support.program import break_off
from tests.support.scripted_worker import ScriptedWorker

EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
QUESTION: Any = {"role": "user", "content": "What is 2 and 2?"}


async def _answer(worker: ScriptedWorker, reason: str = "stop") -> dict[str, Any]:
    claimed = await worker.claim()
    await worker.think(claimed, 0, "Hm")
    await worker.say(claimed, 1, "It is ")
    await worker.say(claimed, 2, "4.")
    await worker.complete(claimed, reason=reason)
    return claimed


async def _events(stream: Any) -> list[Any]:
    """All of them, each strictly of its type."""
    found = [each async for each in stream]
    for each in found:
        EVENT.validate_python(each.to_dict(), strict=True)
    return found


async def test_a_whole_message_has_blocks_of_thought_and_of_text(
    client: AsyncAnthropic, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.messages.create(
            model="pro",
            max_tokens=50,
            system="Be brief.",
            messages=[QUESTION],
            stop_sequences=["END"],
            extra_body={"temperature": 0.5, "top_p": 0.9},
        )
    )
    claimed = await _answer(worker)
    assert claimed["messages"] == [{"role": "system", "content": "Be brief."}, QUESTION]
    assert claimed["params"] == {
        "temperature": 0.5,
        "topP": 0.9,
        "maxTokens": 50,
        "stop": ["END"],
    }
    answered = (await asking).to_dict()
    message = Message.model_validate(answered, strict=True)
    assert message.id == f"msg_{claimed['job']['id']}"
    assert (message.model, message.stop_reason, message.stop_sequence) == (
        "tiny-pro",
        "end_turn",
        None,
    )
    assert answered["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": ""},
        {"type": "text", "text": "It is 4."},  # no null: some clients take none
    ]
    assert (message.usage.input_tokens, message.usage.output_tokens) == (7, 3)


async def test_what_changes_nothing_is_taken_and_the_rest_reaches_the_worker(
    client: AsyncAnthropic, worker: ScriptedWorker
) -> None:
    """With earlier answers as they were given; the last words are to be gone on from."""
    cached = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
    thought = {"type": "thinking", "thinking": "Hm", "signature": ""}
    ask: Any = client.messages.create
    asking = asyncio.create_task(
        ask(
            model="pro",
            max_tokens=50,
            system=[cached, cached],
            messages=[
                {"role": "user", "content": [cached, {"type": "text", "text": "?"}]},
                {"role": "assistant", "content": [thought, {**cached, "citations": None}]},
                {"role": "assistant", "content": []},
                QUESTION,
                {"role": "assistant", "content": "It is"},
            ],
            metadata={"user_id": "somebody"},
            service_tier="auto",
            thinking={"type": "disabled"},
            tools=[],
            tool_choice={"type": "none"},
            extra_body={"top_k": 0, "mcp_servers": []},
        )
    )
    claimed = await _answer(worker)
    assert [(each["role"], each["content"]) for each in claimed["messages"]] == [
        ("system", "HiHi"),
        ("user", "Hi?"),
        ("assistant", "Hi"),
        ("user", QUESTION["content"]),
        ("assistant", "It is"),
    ]
    assert [each.type for each in (await asking).content] == ["text"]  # no thoughts are wanted


async def test_a_stream_is_of_the_sdks_own_events(
    client: AsyncAnthropic, worker: ScriptedWorker
) -> None:
    stream = await client.messages.create(
        model="pro", max_tokens=50, messages=[QUESTION], stream=True
    )
    await _answer(worker, "length")
    events = await _events(stream)
    assert [each.type for each in events] == [
        "message_start",
        *("content_block_start", "content_block_delta", "content_block_stop"),
        *("content_block_start", "content_block_delta", "content_block_delta"),
        *("content_block_stop", "message_delta", "message_stop"),
    ]
    assert events[0].message.usage.input_tokens == 4
    assert events[-2].delta.stop_reason == "max_tokens"
    assert events[-2].usage.output_tokens == 3


async def test_the_sdks_own_helper_follows_a_stream(
    client: AsyncAnthropic, worker: ScriptedWorker
) -> None:
    async with client.messages.stream(model="pro", max_tokens=50, messages=[QUESTION]) as stream:
        await _answer(worker)
        said = "".join([text async for text in stream.text_stream])
        message = await stream.get_final_message()
    assert said == "It is 4."
    assert [each.type for each in message.content] == ["thinking", "text"]


async def test_a_quiet_stream_is_kept_alive_by_pings(
    server: Orchestrator, secret: str, worker: ScriptedWorker
) -> None:
    """The SDK leaves them out."""
    asked = {"model": "tiny-pro", "max_tokens": 9, "stream": True, "messages": [QUESTION]}
    async with (
        httpx.AsyncClient(base_url=server.url, headers={"x-api-key": secret}, timeout=20) as http,
        http.stream("POST", "/v1/messages", json=asked) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "event: message_start"
        names = [await anext(lines) for _ in range(3)]
        assert names[-1] == "event: ping"
        claimed = await worker.claim()
        await worker.say(claimed, 0, "Yes.")
        await worker.complete(claimed)
        rest = [line async for line in lines]
    assert all(line.startswith(("event: ", "data: ")) for line in rest if line)
    assert rest[-3:-1] == ["event: message_stop", 'data: {"type":"message_stop"}']


async def test_a_machine_that_goes_away_leaves_one_unbroken_stream(
    client: AsyncAnthropic, worker: ScriptedWorker, server: Orchestrator
) -> None:
    stream = await client.messages.create(
        model="pro", max_tokens=50, messages=[QUESTION], stream=True
    )
    claimed = await worker.claim()
    await worker.say(claimed, 0, "An answer ")
    await worker.post("release", workerId=worker.id)
    async with ScriptedWorker(server.url, model="other") as second:
        continued = await second.claim()
        assert continued["messages"][-1] == {"role": "assistant", "content": "An answer "}
        await worker.say(claimed, 1, "zombie")
        await second.say(continued, 1, "survives.")
        await second.complete(continued)
        events = await _events(stream)
        await second.post("release", workerId=second.id)
    deltas = [each for each in events if each.type == "content_block_delta"]
    assert "".join(each.delta.text for each in deltas) == "An answer survives."
    assert {each.index for each in deltas} == {0}
    assert events[-1].type == "message_stop"


async def test_a_failure_within_a_stream_is_its_last_event(
    client: AsyncAnthropic, worker: ScriptedWorker, server: Orchestrator
) -> None:
    stream = await client.messages.create(
        model="pro", max_tokens=50, messages=[QUESTION], stream=True
    )
    claimed = await worker.claim()
    await worker.say(claimed, 0, "An answer ")
    await break_off(server, claimed)
    with pytest.raises(APIStatusError) as failed:
        await _events(stream)
    body: Any = failed.value.body
    assert body["type"] == "error"
    assert body["error"]["message"]


async def test_tokens_are_counted_without_asking_anybody(client: AsyncAnthropic) -> None:
    counted = await client.messages.count_tokens(
        model="auto", system="Be brief.", messages=[QUESTION]
    )
    assert counted.input_tokens == 7
