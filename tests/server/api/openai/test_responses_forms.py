"""What a response may be asked for: JSON by a schema is held to, the rest is refused by name."""

import asyncio
from functools import reduce
from typing import Any

import pytest
from openai import APIStatusError, AsyncOpenAI, BadRequestError, NotFoundError
from pydantic import BaseModel

from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

TOOL: dict[str, Any] = {"type": "function", "name": "f"}
DEEP: dict[str, Any] = reduce(lambda inner, _: {"items": inner}, range(100), {})
UNKEEPABLE = {"type": "json_schema", "schema": {"not": {}}}


class City(BaseModel):
    """What is asked for."""

    name: str
    people: int


async def test_json_by_a_schema_comes_from_a_worker_that_can_and_is_parsed(
    client: AsyncOpenAI, server: Orchestrator
) -> None:
    async with ScriptedWorker(server.url, model="keeps", abilities=["json_schema"]) as worker:
        asking = asyncio.create_task(
            client.responses.parse(model="keeps", input="Paris?", text_format=City)
        )
        claimed = await worker.claim()
        assert set(claimed["params"]["jsonSchema"]["properties"]) == {"name", "people"}
        await worker.say(claimed, 0, '{"name":"Paris","people":2000000}')
        await worker.complete(claimed, reason="stop")
        response = await asking
    assert response.output_parsed == City(name="Paris", people=2_000_000)
    assert response.text is not None and response.text.format is not None
    assert response.text.format.type == "json_schema"


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("previous_response_id", "resp_1", "previous_response_id"),
        ("conversation", "conv_1", "conversation"),
        ("background", True, "background"),
        ("tools", [{"type": "web_search"}], "tools[0].type"),
        ("tools", [{"type": "file_search", "vector_store_ids": ["v"]}], "tools[0].type"),
        ("tools", [{"type": "function", "function": {"name": "f"}}], "tools[0].function"),
        ("tools", [{"type": "function", "name": "a b"}], "tools[0].name"),
        ("tools", [TOOL, TOOL], "tools[1].name"),
        ("tools", [TOOL | {"parameters": DEEP}], "tools[0].parameters"),
        ("tool_choice", "required", "tool_choice"),
        ("text", {"format": {"type": "grammar"}}, "text.format.type"),
        ("text", {"format": {"type": "json_schema"}}, "text.format.schema"),
        ("text", {"format": UNKEEPABLE}, "text.format.schema.not"),
        ("text", {"verbosity": "high"}, "text.verbosity"),
        ("reasoning", {"effort": "low"}, "reasoning.effort"),
        ("include", ["message.output_text.logprobs"], "include[0]"),
        ("top_logprobs", 2, "top_logprobs"),
        ("input", [], "input"),
        ("input", [{"content": "Hello?"}], "input[0].role"),
        ("input", [{"type": "function_call", "call_id": "1"}], "input[0].name"),
        ("input", [{"type": "computer_call"}], "input[0].type"),
        ("input", [{"role": "user", "content": [{"type": "input_image"}]}], "[0].content[0].type"),
    ],
)
async def test_what_cannot_be_done_is_named(
    client: AsyncOpenAI, field: str, value: Any, named: str
) -> None:
    ask: Any = client.responses.create
    with pytest.raises(BadRequestError) as refused:
        await ask(**({"model": "auto", "input": "Hello?"} | {field: value}))
    assert (refused.value.param or "").endswith(named)
    assert refused.value.type == "invalid_request_error"


async def test_json_and_tools_are_not_both(client: AsyncOpenAI) -> None:
    ask: Any = client.responses.create
    text = {"format": {"type": "json_object"}}
    with pytest.raises(BadRequestError) as refused:
        await ask(model="auto", input="Hello?", tools=[TOOL], text=text)
    assert refused.value.param == "text.format"
    with pytest.raises(BadRequestError) as refused:
        chosen = {"type": "function", "name": "g"}
        await ask(model="auto", input="Hello?", tools=[TOOL], tool_choice=chosen)
    assert refused.value.param == "tool_choice"


async def test_nothing_is_kept_and_unknown_models_are_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(NotFoundError):
        await client.responses.retrieve("resp_1")
    with pytest.raises(APIStatusError) as missing:
        await client.responses.create(model="gpt-99", input="Hello?")
    assert missing.value.code == "model_not_found"
