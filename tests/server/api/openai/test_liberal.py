"""Fields that change nothing are taken, whoever invents them; what is taken reaches the worker."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from openai import AsyncOpenAI

from ashao.api.openai.errors import UnsupportedValue
from ashao.api.openai.request import understood
from ashao.api.openai.schemas import ChatCompletionBody
from tests.support.scripted_worker import ScriptedWorker

USER = {"role": "user", "content": "Hello?"}
PLAIN: dict[str, Any] = {"model": "auto", "messages": [USER]}
KNOWN = {each.name for each in msgspec.structs.fields(ChatCompletionBody)}

NAMES = some.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=30)
EMPTIES: some.SearchStrategy[object] = some.sampled_from([None, "", [], {}, False])
SAYING = (
    some.text(min_size=1, max_size=50)
    | some.integers(-(2**60), 2**60)
    | some.just(True)
    | some.lists(some.integers(), min_size=1)
    | some.dictionaries(some.text(), some.integers(), min_size=1)
)
ASSISTANT = {"role": "assistant", "content": "Once"}


@settings(deadline=None)
@given(some.dictionaries(NAMES, EMPTIES))
def test_any_field_may_be_empty(fields: dict[str, object]) -> None:
    """Unknown or known, wherever it is: it is as good as not sent."""
    plain = understood(PLAIN)
    assert understood({**fields, **PLAIN}) == plain
    assert understood({**PLAIN, "messages": [{**fields, **USER}]}) == plain
    part = {**fields, "type": "text", "text": "Hello?"}
    (message,) = understood({**PLAIN, "messages": [{**USER, "content": [part]}]}).messages
    assert message.text == "Hello?"


@settings(deadline=None)
@given(NAMES.filter(lambda name: name not in KNOWN), SAYING)
def test_an_unknown_field_that_says_something_is_refused_by_its_name(
    name: str, value: object
) -> None:
    with pytest.raises(UnsupportedValue) as refused:
        understood({**PLAIN, name: value})
    assert (refused.value.param, refused.value.code) == (name, "unsupported_parameter")
    assert str(refused.value).startswith(f"{name} is ")


@settings(deadline=None)
@given(some.recursive(SAYING | EMPTIES, lambda inner: some.dictionaries(some.text(), inner)))
def test_whatever_the_body_is_it_is_understood_or_refused(body: object) -> None:
    for each in (body, {**PLAIN, "messages": body}, {**PLAIN, "messages": [{"role": body}]}):
        with pytest.raises(UnsupportedValue):
            understood(each)


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
