"""What a model thinks first is beside the answer, where reasoning models usually have it."""

import asyncio
from typing import Any

from openai import AsyncOpenAI

from tests.support.scripted_worker import ScriptedWorker

QUESTION: Any = {"role": "user", "content": "What is 2 and 2?"}


async def _answer(worker: ScriptedWorker) -> dict[str, Any]:
    """One machine thinks and leaves, the next thinks anew and speaks; what that one was given."""
    claimed = await worker.claim()
    await worker.think(claimed, 0, "Hm")
    await worker.fail(claimed)
    async with ScriptedWorker(str(worker.http.base_url), model="tiny-pro") as second:
        claimed = await second.claim()
        await second.think(claimed, 1, "2+2")
        await second.say(claimed, 2, "It is ")
        await second.say(claimed, 3, "4.")
        await second.complete(claimed)
        await second.post("release", workerId=second.id)
    return claimed


async def test_a_whole_answer_has_its_thoughts_beside_it(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(model="auto", messages=[QUESTION], max_tokens=4)
    )
    claimed = await _answer(worker)
    assert (claimed["messages"], claimed["params"]) == ([QUESTION], {"maxTokens": 4})
    answer = await asking
    message = answer.choices[0].message.to_dict()
    assert (message["content"], message["reasoning_content"]) == ("It is 4.", "Hm2+2")
    assert answer.choices[0].finish_reason == "stop"  # three of four tokens, in the last attempt
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 4
    assert answer.usage.completion_tokens_details is not None
    assert answer.usage.completion_tokens_details.reasoning_tokens == 2


async def test_a_stream_has_deltas_of_thoughts_and_of_text(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(
            model="auto",
            messages=[QUESTION],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    await _answer(worker)
    chunks = [each async for each in await asking]
    deltas = [each.choices[0].delta.to_dict() for each in chunks if each.choices]
    assert [each for each in deltas if each.keys() & {"content", "reasoning_content"}][1:] == [
        {"reasoning_content": "Hm"},
        {"reasoning_content": "2+2"},
        {"content": "It is "},
        {"content": "4."},
    ]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 4


async def test_a_budget_that_went_into_thoughts_is_an_answers_length(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    asking = asyncio.create_task(
        client.chat.completions.create(model="auto", messages=[QUESTION], max_tokens=1)
    )
    claimed = await worker.claim()
    await worker.think(claimed, 0, "Hm")
    await worker.complete(claimed)
    answer = await asking
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("", "length")


async def test_thoughts_that_a_client_sends_back_are_taken_and_left_out(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    earlier: Any = {"role": "assistant", "content": "4.", "reasoning_content": "2+2"}
    asking = asyncio.create_task(
        client.chat.completions.create(model="auto", messages=[QUESTION, earlier, QUESTION])
    )
    claimed = await worker.claim()
    assert claimed["messages"] == [QUESTION, {"role": "assistant", "content": "4."}, QUESTION]
    await worker.say(claimed, 0, "Still 4.")
    await worker.complete(claimed)
    assert (await asking).choices[0].message.content == "Still 4."
