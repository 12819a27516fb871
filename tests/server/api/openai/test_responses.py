"""OpenAI's Responses by the SDK, strictly in its own types: whole, streamed, and unbroken."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from tests.support.orchestrator import Orchestrator
from tests.support.program import break_off
from tests.support.scripted_worker import ScriptedWorker

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
CACHED = {"type": "input_text", "text": "Hi"}


def _strict(response: Response) -> Response:
    return Response.model_validate(response.to_dict(), strict=True)


async def _events(stream: AsyncIterator[Any]) -> list[Any]:
    """All of them, each strictly of its type and counted; without what keeps a connection alive."""
    found = [each async for each in stream]
    for number, each in enumerate(found):
        EVENT.validate_python(each.to_dict(), strict=True)
        assert each.sequence_number == number
    begun = [each for each in found[2:] if each.type != "response.in_progress"]
    return [*found[:2], *begun]


async def _answer(worker: ScriptedWorker) -> dict[str, Any]:
    claimed = await worker.claim()
    await worker.think(claimed, 0, "Hm")
    await worker.say(claimed, 1, "It is ")
    await worker.say(claimed, 2, "4.")
    await worker.complete(claimed, reason="stop")
    return claimed


async def test_a_whole_response_has_items_of_thought_and_of_text(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.responses.create(
            model="pro", input="What is 2 and 2?", instructions="Be brief.", max_output_tokens=50
        )
    )
    claimed = await _answer(worker)
    assert claimed["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 2 and 2?"},
    ]
    assert claimed["params"] == {"maxTokens": 50}
    response = _strict(await asking)
    assert response.id == f"resp_{claimed['job']['id']}"
    assert (response.status, response.model) == ("completed", "tiny-pro")
    assert response.output_text == "It is 4."
    assert [each.type for each in response.output] == ["reasoning", "message"]
    thoughts: Any = response.output[0]
    assert thoughts.content[0].text == "Hm"
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (7, 3)
    assert response.usage.output_tokens_details.reasoning_tokens == 1


async def test_items_of_earlier_answers_may_be_sent_back(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(client.responses.create(model="pro", input="What is 2 and 2?"))
    await _answer(worker)
    earlier = [each.to_dict() for each in (await asking).output]
    ask: Any = client.responses.create
    replayed = [
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "user", "content": [CACHED, CACHED]},
        *earlier,
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "Why?"},
    ]
    asking = asyncio.create_task(
        ask(
            model="pro",
            input=replayed,
            store=False,
            include=["reasoning.encrypted_content"],
            text={"format": {"type": "text"}, "verbosity": "medium"},
            reasoning={"summary": "auto"},
            tools=[],
            tool_choice="auto",
            truncation="auto",
            parallel_tool_calls=True,
            metadata={"a": "b"},
            user="somebody",
            background=False,
        )
    )
    claimed = await _answer(worker)
    assert [(each["role"], each["content"]) for each in claimed["messages"]] == [
        ("system", "Be brief."),
        ("user", "HiHi"),
        ("assistant", "It is 4."),
        ("assistant", "No."),
        ("user", "Why?"),
    ]
    assert (await asking).output_text == "It is 4."


async def test_a_stream_is_of_the_sdks_own_events(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    async def listen() -> list[Any]:
        return await _events(
            await client.responses.create(model="pro", input="What is 2 and 2?", stream=True)
        )

    listening = asyncio.create_task(listen())
    await _answer(worker)
    events = await listening
    assert [each.type.removeprefix("response.") for each in events] == [
        *("created", "in_progress"),
        *("output_item.added", "content_part.added", "reasoning_text.delta"),
        *("reasoning_text.done", "content_part.done", "output_item.done"),
        *("output_item.added", "content_part.added", "output_text.delta", "output_text.delta"),
        *("output_text.done", "content_part.done", "output_item.done"),
        "completed",
    ]
    done = events[-1].response
    assert (done.status, done.model, done.output_text) == ("completed", "tiny-pro", "It is 4.")
    ended = [each.item for each in events if each.type == "response.output_item.done"]
    assert ended == done.output
    assert done.usage.output_tokens == 3


async def test_the_sdks_own_helper_follows_a_stream(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    async def listen() -> str:
        async with client.responses.stream(model="pro", input="What is 2 and 2?") as stream:
            return (await stream.get_final_response()).output_text

    listening = asyncio.create_task(listen())
    await _answer(worker)
    assert await listening == "It is 4."


async def test_a_machine_that_goes_away_leaves_one_unbroken_message(
    client: AsyncOpenAI, worker: ScriptedWorker, server: Orchestrator
) -> None:
    """Also when the next one thinks anew: the one message goes on behind its thoughts."""
    stream = await client.responses.create(model="pro", input="Hello?", stream=True)
    claimed = await worker.claim()
    await worker.say(claimed, 0, "An answer ")
    await worker.post("release", workerId=worker.id)
    async with ScriptedWorker(server.url, model="other") as second:
        continued = await second.claim()
        assert continued["messages"][-1] == {"role": "assistant", "content": "An answer "}
        await second.think(continued, 1, "Hm")
        await second.say(continued, 2, "survives.")
        await second.complete(continued, reason="stop")
        events = await _events(stream)
        await second.post("release", workerId=second.id)
    deltas = [each for each in events if each.type == "response.output_text.delta"]
    assert "".join(each.delta for each in deltas) == "An answer survives."
    assert len({(each.item_id, each.output_index) for each in deltas}) == 1
    done = events[-1].response
    assert (done.model, done.output_text) == ("other", "An answer survives.")
    assert [each.type for each in done.output] == ["message", "reasoning"]


@pytest.mark.parametrize(
    ("reason", "told"), [("length", "max_output_tokens"), ("content_filter", "content_filter")]
)
async def test_an_answer_that_is_cut_off_is_incomplete(
    client: AsyncOpenAI, worker: ScriptedWorker, reason: str, told: str
) -> None:
    stream = await client.responses.create(model="pro", input="Hello?", stream=True)
    claimed = await worker.claim()
    await worker.say(claimed, 0, "Once")
    await worker.complete(claimed, reason=reason)
    last = (await _events(stream))[-1]
    assert (last.type, last.response.status) == ("response.incomplete", "incomplete")
    assert last.response.incomplete_details.reason == told


async def test_without_words_there_is_a_message_all_the_same(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    stream = await client.responses.create(model="pro", input="Hello?", stream=True)
    claimed = await worker.claim()
    await worker.think(claimed, 0, "Hm")
    await worker.complete(claimed, reason="length")
    response = (await _events(stream))[-1].response
    assert [each.type for each in response.output] == ["reasoning", "message"]
    assert response.output_text == ""


async def test_a_failure_within_a_stream_is_its_last_event(
    client: AsyncOpenAI, worker: ScriptedWorker, server: Orchestrator
) -> None:
    stream = await client.responses.create(model="pro", input="Hello?", stream=True)
    claimed = await worker.claim()
    await worker.say(claimed, 0, "Once")
    await break_off(server, claimed)
    last = (await _events(stream))[-1]
    assert (last.type, last.response.status) == ("response.failed", "failed")
    assert last.response.error.code in ("server_error", "invalid_prompt")
    assert last.response.error.message
