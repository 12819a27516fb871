"""What cannot be done is refused by its name, in Anthropic's shape."""

from typing import Any

import httpx
import pytest
from anthropic import (
    APIStatusError,
    AsyncAnthropic,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)

from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator

QUESTION: Any = {"role": "user", "content": "Hello?"}


def _error(refused: APIStatusError) -> dict[str, str]:
    body: Any = refused.body
    assert body["type"] == "error"
    error: dict[str, str] = body["error"]
    return error


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("tools", [{"type": "web_search_20250305", "name": "web_search"}], "tools[0].type"),
        ("tools", [{"name": "f"}, {"name": "f"}], "tools[1].name"),
        ("tool_choice", {"type": "any"}, "tool_choice"),
        ("tool_choice", {"type": "tool"}, "tool_choice.name"),
        ("top_k", 40, "top_k"),
        ("container", "c", "container"),
        ("thinking", {"type": "later"}, "thinking.type"),
        ("temperature", 3, "temperature"),
        ("messages", [], "messages"),
        ("messages", [{"role": "tool", "content": "x"}], "messages[0].role"),
        ("messages", [{"role": "user", "content": [{"type": "image"}]}], "messages[0].content[0]"),
        ("messages", [{"role": "assistant", "content": ""}], "messages"),
        ("system", [{"type": "image"}], "system[0].type"),
        ("stop_sequences", ["a"] * 17, "stop_sequences"),
    ],
)
async def test_what_cannot_be_done_is_named(
    client: AsyncAnthropic, field: str, value: Any, named: str
) -> None:
    ask: Any = client.messages.create
    with pytest.raises(BadRequestError) as refused:
        await ask(model="auto", max_tokens=9, messages=[QUESTION], extra_body={field: value})
    error = _error(refused.value)
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith(named)


async def test_a_model_that_nobody_knows_is_not_found(client: AsyncAnthropic) -> None:
    with pytest.raises(NotFoundError) as missing:
        await client.messages.create(model="claude-99", max_tokens=9, messages=[QUESTION])
    assert _error(missing.value)["type"] == "not_found_error"


async def test_a_key_counts_however_it_is_sent(server: Orchestrator, secret: str) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        body = {"model": "auto", "messages": [QUESTION]}
        for headers in ({"x-api-key": secret}, {"Authorization": f"Bearer {secret}"}):
            reply = await http.post("/v1/messages/count_tokens", json=body, headers=headers)
            assert reply.status_code == 200


async def test_a_wrong_key_and_one_for_something_else_are_refused(
    server: Orchestrator, redis_url: str
) -> None:
    only_models = await created_key(redis_url, ["models"])
    for key, kind in (("nonsense", AuthenticationError), (only_models, PermissionDeniedError)):
        async with AsyncAnthropic(base_url=server.url, api_key=key, max_retries=0) as client:
            with pytest.raises(kind) as refused:
                await client.messages.create(model="auto", max_tokens=9, messages=[QUESTION])
            assert _error(refused.value)["type"] in ("authentication_error", "permission_error")
            with pytest.raises(kind):
                await client.messages.count_tokens(model="auto", messages=[QUESTION])


async def test_a_key_that_asks_too_often_is_told_when_to_come_back(
    server: Orchestrator, redis_url: str
) -> None:
    key = await created_key(redis_url, per_minute=1)
    async with AsyncAnthropic(base_url=server.url, api_key=key, max_retries=0) as client:
        await client.messages.count_tokens(model="auto", messages=[QUESTION])
        with pytest.raises(RateLimitError) as refused:
            await client.messages.count_tokens(model="auto", messages=[QUESTION])
    assert _error(refused.value)["type"] == "rate_limit_error"
    assert int(refused.value.response.headers["Retry-After"]) > 0


async def test_a_body_that_is_too_large_is_a_413(client: AsyncAnthropic) -> None:
    long: Any = {"role": "user", "content": "x" * 3_000_000}
    with pytest.raises(APIStatusError) as refused:
        await client.messages.create(model="auto", max_tokens=9, messages=[long])
    assert refused.value.status_code == 413
    assert _error(refused.value)["type"] == "request_too_large"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/v1/messages", 405), ("post", "/v1/messages/batches", 404)],
)
async def test_what_is_not_there_is_refused_in_the_same_shape(
    client: AsyncAnthropic, method: str, path: str, status: int
) -> None:
    with pytest.raises(APIStatusError) as refused:
        await getattr(client, method)(path, cast_to=object)
    assert refused.value.status_code == status
    assert _error(refused.value)["message"]
