"""What is not supported is refused by its name, in OpenAI's shape; nothing is ignored."""

from typing import Any

import pytest
from openai import APIStatusError, AsyncOpenAI, BadRequestError, NotFoundError

USER = {"role": "user", "content": "Hello?"}


async def _refused(client: AsyncOpenAI, **body: Any) -> BadRequestError:
    ask: Any = client.chat.completions.create
    with pytest.raises(BadRequestError) as refused:
        await ask(**({"model": "auto", "messages": [USER]} | body))
    assert refused.value.type == "invalid_request_error"
    return refused.value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tools", [{"type": "function", "function": {"name": "f"}}]),
        ("tool_choice", "auto"),
        ("logprobs", True),
        ("top_logprobs", 3),
        ("logit_bias", {"1": 2}),
        ("user", "somebody"),
        ("metadata", {"a": "b"}),
        ("reasoning_effort", "low"),
        ("modalities", ["text", "audio"]),
        ("prediction", {"type": "content", "content": "x"}),
        ("service_tier", "flex"),
        ("parallel_tool_calls", False),
        ("store", True),
    ],
)
async def test_an_unsupported_field_is_named(client: AsyncOpenAI, field: str, value: Any) -> None:
    error = await _refused(client, **{field: value})
    assert (error.param, error.code) == (field, "unsupported_parameter")
    assert field in error.message


async def test_a_field_that_nobody_knows_is_named(client: AsyncOpenAI) -> None:
    error = await _refused(client, extra_body={"do_sample": True})
    assert (error.param, error.code) == ("do_sample", "unsupported_parameter")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 2),
        ("frequency_penalty", 0.5),
        ("presence_penalty", -1),
        ("temperature", 3),
        ("top_p", 0),
        ("max_tokens", 0),
        ("stop", ["1", "2", "3", "4", "5"]),
        ("seed", 2**70),
        ("stream_options", {"include_usage": True}),
        ("messages", []),
        ("messages", [USER, {"role": "assistant", "content": "And"}]),
    ],
)
async def test_a_value_that_cannot_be_honoured_is_named(
    client: AsyncOpenAI, field: str, value: Any
) -> None:
    assert (await _refused(client, **{field: value})).param == field


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"role": "tool", "content": "x", "tool_call_id": "1"}, "messages[0]"),
        ({**USER, "name": "Ann"}, "messages[0].name"),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}, ".type"),
    ],
)
async def test_within_a_message_the_place_is_named(
    client: AsyncOpenAI, message: dict[str, Any], param: str
) -> None:
    assert param in ((await _refused(client, messages=[message])).param or "")


async def test_two_different_limits_are_refused(client: AsyncOpenAI) -> None:
    error = await _refused(client, max_tokens=3, max_completion_tokens=4)
    assert error.param == "max_tokens"


async def test_a_model_that_nobody_knows_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(NotFoundError) as missing:
        await client.chat.completions.create(
            model="gpt-99", messages=[{"role": "user", "content": "Hello?"}]
        )
    assert (missing.value.param, missing.value.code) == ("model", "model_not_found")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/nothing", 404), ("post", "/embeddings", 404), ("delete", "/models", 405)],
)
async def test_what_is_not_there_is_refused_in_the_same_shape(
    client: AsyncOpenAI, method: str, path: str, status: int
) -> None:
    """Any path below /v1, and any method."""
    with pytest.raises(APIStatusError) as refused:
        await getattr(client, method)(path, cast_to=object)
    assert refused.value.status_code == status
    assert refused.value.type == "invalid_request_error"


async def test_a_body_that_is_too_large_is_a_413(client: AsyncOpenAI) -> None:
    with pytest.raises(APIStatusError) as refused:
        await client.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": "x" * 3_000_000}]
        )
    assert (refused.value.status_code, refused.value.code) == (413, "too_large")
