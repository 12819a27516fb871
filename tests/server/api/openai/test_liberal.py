"""Fields that change nothing are taken, whoever invents them; what is taken reaches the worker."""

import asyncio
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.support.scripted_worker import ScriptedWorker

USER = {"role": "user", "content": "Hello?"}
ASSISTANT = {"role": "assistant", "content": "Once"}


NOTHING_CHANGES: dict[str, Any] = {
    "tools": None,
    "logit_bias": {},
    "logprobs": False,
    "top_logprobs": 0,
    "n": 1,
    "user": "somebody",
    "safety_identifier": "x",
    "metadata": {"a": "b"},
    "store": True,
    "service_tier": "flex",
    "modalities": ["text"],
    "tool_choice": "none",
    "parallel_tool_calls": True,
    "prompt_cache_key": "k",
    "stream_options": {"include_usage": True, "include_obfuscation": False},
    "frequency_penalty": 0,
    "presence_penalty": 0.0,
    "response_format": {"type": "text"},
    "prediction": {"type": "content", "content": "x"},
    "extra_body": {"tools": [], "top_k": -1, "min_p": 0, "repetition_penalty": 1.0},
}


async def test_what_changes_nothing_is_taken_and_the_rest_reaches_the_worker(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    """With the SDK, the history replayed as programs keep it; the last words are to be gone on
    from."""
    ask: Any = client.chat.completions.create
    cached = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
    replayed = {"annotations": [{"type": "url"}], "reasoning_content": "Hm.", "tool_calls": []}
    messages = [
        {"role": "user", "name": "Ann", "content": [cached, cached]},
        {"role": "assistant", "content": None, "refusal": "No."},
        {"role": "assistant", "content": None},
        USER,
        {"role": "assistant", "content": "Once ", **replayed},
    ]
    asking = asyncio.create_task(
        ask(
            model="pro",
            messages=messages,
            max_tokens=10**9,
            max_completion_tokens=50,
            top_p=0,
            stop=["", "END"],
            **NOTHING_CHANGES,
        )
    )
    claimed = await worker.claim()
    assert [(each["role"], each["content"]) for each in claimed["messages"]] == [
        ("user", "HiHi"),
        ("assistant", "No."),
        ("user", "Hello?"),
        ("assistant", "Once "),
    ]
    params = claimed["params"]
    assert (params["maxTokens"], params["stop"]) == (50, ["END"])
    assert 0 < params["topP"] < 0.001
    await worker.say(claimed, 0, "upon")
    await worker.complete(claimed)
    assert (await asking).choices[0].message.content == "upon"


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "Say hello."}],
        [{"role": "developer", "content": "Say hello."}],
        [USER, {"role": "system", "content": "In one word."}],
        [ASSISTANT],
    ],
)
async def test_whatever_speaks_last_is_answered(
    client: AsyncOpenAI, messages: list[dict[str, Any]]
) -> None:
    ask: Any = client.chat.completions.create
    answer = await ask(model="simulation", messages=messages)
    assert answer.choices[0].message.content


@pytest.mark.parametrize("wish", [0, -1, 4096, 32_000, 10**12])
async def test_how_long_an_answer_may_be_keeps_no_worker_from_it(
    client: AsyncOpenAI, worker: ScriptedWorker, wish: int
) -> None:
    ask: Any = client.chat.completions.create
    await worker.register(contextTokens=4096)
    asking = asyncio.create_task(ask(model="tiny-pro", messages=[USER], max_tokens=wish))
    claimed = await worker.claim()
    assert claimed["params"].get("maxTokens") == (min(wish, 1_000_000) if wish > 0 else None)
    await worker.say(claimed, 0, "Yes.")
    await worker.complete(claimed)
    answer = await asking
    assert answer.choices[0].message.content == "Yes."
