"""The completions of before there was a chat: a text in, what follows it out, by the SDK."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, BadRequestError
from openai.types import Completion

from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

TEXT = "Once upon a time"


def _text(chunks: list[Completion]) -> str:
    return "".join(choice.text for each in chunks for choice in each.choices)


async def _tell(worker: ScriptedWorker, claimed: dict[str, Any]) -> None:
    await worker.say(claimed, 0, " there was")
    await worker.say(claimed, 1, " a fox.")
    await worker.complete(claimed)


@pytest.mark.parametrize("prompt", [TEXT, [TEXT]])
async def test_a_text_is_gone_on_from_and_no_turn_of_a_chat(
    client: AsyncOpenAI, worker: ScriptedWorker, prompt: str | list[str]
) -> None:
    asking = asyncio.create_task(
        client.completions.create(
            model="pro",
            prompt=prompt,
            max_tokens=9,
            temperature=0,
            stop="END",
            n=1,
            best_of=1,
            echo=False,
            suffix="",
            logit_bias={},
            user="somebody",
        )
    )
    claimed = await worker.claim()
    assert claimed["messages"] == [{"role": "user", "content": TEXT}]
    assert claimed["params"] == {"temperature": 0, "maxTokens": 9, "stop": ["END"], "raw": True}
    await _tell(worker, claimed)
    answer = await asking
    Completion.model_validate(answer.to_dict(), strict=True)
    assert answer.id == f"cmpl-{claimed['job']['id']}"
    assert (answer.object, answer.model) == ("text_completion", "tiny-pro")
    assert answer.choices[0].text == " there was a fox."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (4, 2)


async def test_a_machine_that_goes_away_leaves_one_unbroken_stream(
    client: AsyncOpenAI, worker: ScriptedWorker, server: Orchestrator
) -> None:
    claiming = asyncio.create_task(worker.claim())
    stream = await client.completions.create(
        model="pro", prompt=TEXT, stream=True, stream_options={"include_usage": True}
    )
    claimed = await claiming
    await worker.say(claimed, 0, " there was")
    await worker.post("release", workerId=worker.id)
    async with ScriptedWorker(server.url, model="other") as second:
        continued = await second.claim()
        assert continued["params"] == {"raw": True}
        assert [each["content"] for each in continued["messages"]] == [TEXT, " there was"]
        await second.say(continued, 1, " a fox.")
        await second.complete(continued, reason="length")
        chunks = [each async for each in stream]
        await second.post("release", workerId=second.id)
    assert _text(chunks) == " there was a fox."
    assert chunks[-2].choices[0].finish_reason == "length"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 2
    assert {each.object for each in chunks} == {"text_completion"}


async def test_the_stream_is_chunks_and_then_done(server: Orchestrator, secret: str) -> None:
    asked = {"model": "simulation", "prompt": TEXT, "max_tokens": 2, "stream": True}
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as http:
        reply = await http.post("/v1/completions", json=asked)
    *blocks, last, end = reply.text.split("\n\n")
    assert (last, end) == ("data: [DONE]", "")
    for each in blocks:
        chunk = json.loads(each.removeprefix("data: "))
        for choice in chunk["choices"]:
            choice["finish_reason"] = choice["finish_reason"] or "stop"  # null before the end
        Completion.model_validate(chunk, strict=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("suffix", "the end."),
        ("echo", True),
        ("logprobs", 0),
        ("logprobs", 3),
        ("best_of", 2),
        ("n", 2),
        ("prompt", ["two", "texts"]),
        ("prompt", [1, 2, 3]),
        ("prompt", ""),
    ],
)
async def test_what_cannot_be_done_is_named(client: AsyncOpenAI, field: str, value: Any) -> None:
    ask: Any = client.completions.create
    with pytest.raises(BadRequestError) as refused:
        await ask(**({"model": "auto", "prompt": TEXT} | {field: value}))
    assert (refused.value.param or "").startswith(field)
    assert field in refused.value.message
