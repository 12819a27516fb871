"""What would change the answer and cannot be done is refused by its name, in OpenAI's shape."""

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
        ("functions", [{"name": "f"}]),
        ("logprobs", True),
        ("logit_bias", {"1": 2}),
        ("reasoning_effort", "low"),
    ],
)
async def test_an_unsupported_field_is_named(client: AsyncOpenAI, field: str, value: Any) -> None:
    error = await _refused(client, **{field: value})
    assert (error.param, error.code) == (field, "unsupported_parameter")
    assert field in error.message


async def test_a_field_that_nobody_knows_is_named(client: AsyncOpenAI) -> None:
    error = await _refused(client, extra_body={"do_sample": True})
    assert (error.param, error.code) == ("do_sample", "unsupported_parameter")
    assert (await _refused(client, extra_body={"top_k": 40})).param == "top_k"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 2),
        ("frequency_penalty", 0.5),
        ("presence_penalty", -1),
        ("top_logprobs", 3),
        ("tool_choice", "required"),
        ("temperature", 3),
        ("top_p", 1.5),
        ("stop", ["1", "2", "3", "4", "5"]),
        ("seed", 2**70),
        ("messages", []),
        ("messages", [{"role": "assistant", "content": None}]),
        ("stop", 5),
        ("temperature", "hot"),
    ],
)
async def test_a_value_that_cannot_be_honoured_is_named(
    client: AsyncOpenAI, field: str, value: Any
) -> None:
    error = await _refused(client, **{field: value})
    assert error.param == field
    assert field in error.message


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"role": "function", "content": "x", "name": "f"}, "messages[0].role"),
        ({"role": "assistant", "tool_calls": [{"id": "1"}]}, "messages[0].tool_calls"),
        ({**USER, "content": 5}, "messages[0].content"),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}, ".type"),
    ],
)
async def test_within_a_message_the_place_is_named(
    client: AsyncOpenAI, message: dict[str, Any], param: str
) -> None:
    assert param in ((await _refused(client, messages=[message])).param or "")


async def test_a_refusal_says_the_value_and_what_is_possible(client: AsyncOpenAI) -> None:
    assert (await _refused(client, n=2)).message.endswith("- n is 2, but only 1 is possible.")
    assert "up to four texts" in (await _refused(client, stop=["a"] * 5)).message
    private = await _refused(client, response_format={"type": "a secret " * 9})
    assert "secret" not in private.message


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
