"""A JSON schema as it is asked for in the OpenAI format."""

from typing import Any

import pytest

from ashao.messages import Params
from ashao.providers.response_format import response_format_of
from tests.server.providers.houses import answer_text, fake_of, provider_at
from tests.support.fake_openai import FakeOpenAI

ITEM = {"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": False}
CLOSED = {"type": "array", "items": ITEM | {"required": ["a"]}}
OPEN = {"type": "array", "items": ITEM}


@pytest.mark.parametrize(("schema", "is_strict"), [(CLOSED, True), (OPEN, False)])
def test_a_schema_is_strict_where_openai_takes_it_so(
    schema: dict[str, Any], is_strict: bool
) -> None:
    named = {"name": "answer", "schema": schema, "strict": is_strict}
    assert response_format_of(schema) == {"type": "json_schema", "json_schema": named}


async def test_it_is_in_the_request() -> None:
    with fake_of("openai") as fake:
        assert isinstance(fake, FakeOpenAI)
        fake.says("{}")
        async with provider_at(fake) as provider:
            await answer_text(provider, params=Params(json_schema={"type": "object"}))
        assert fake.requests[0].body["response_format"] == {"type": "json_object"}
