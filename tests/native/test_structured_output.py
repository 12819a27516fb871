"""JSON by a schema from the genuine llama.cpp and the small model, through the openai SDK."""

import asyncio
import json
from collections.abc import Iterator
from random import Random
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from openai import AsyncOpenAI
from pydantic import BaseModel, ConfigDict, Field

from ashao.store.embedded import EmbeddedStore
from ashao_worker.homes.llama import SMALL_MODEL, why_no_small_model
from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator, commanded
from tests.support.scripted_worker import ScriptedWorker

pytestmark = pytest.mark.timeout(240)

PATIENCE = {"ASHAO_WORKER_GRACE_MS": "60000", "ASHAO_FIRST_TOKEN_MS": "60000"}
QUESTION: Any = [{"role": "user", "content": "Describe a café in JSON."}]
BEGUN = '{"näme": "Zo\\u00eb \\"é\\" 😀", "kind": "café", "tables": [{"seats": 2'


class Table(BaseModel):
    """With so many seats."""

    model_config = ConfigDict(extra="forbid")
    seats: int


class Cafe(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(alias="näme", max_length=30)
    kind: Literal["café", "bar"]
    tables: list[Table] = Field(max_length=3)
    note: str | None = Field(max_length=20)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server with a worker of its own, which takes what no other does."""
    assert why_no_small_model() is None, "make small-model"
    with commanded(tmp_path_factory.mktemp("json"), "--local", **PATIENCE) as running:
        yield running


async def _sdk(local: Orchestrator) -> AsyncOpenAI:
    secret = await created_key(EmbeddedStore(local.data_dir).url)
    return AsyncOpenAI(base_url=f"{local.url}/v1", api_key=secret, max_retries=0, timeout=120)


async def test_a_program_parses_what_it_asked_for(local: Orchestrator) -> None:
    async with await _sdk(local) as client:
        answer = await client.chat.completions.parse(
            model="auto", messages=QUESTION, response_format=Cafe
        )
        assert isinstance(answer.choices[0].message.parsed, Cafe)
        assert answer.model == SMALL_MODEL


async def test_any_object_is_one(local: Orchestrator) -> None:
    async with await _sdk(local) as client:
        answer = await client.chat.completions.create(
            model="auto",
            messages=QUESTION,
            response_format={"type": "json_object"},
            max_tokens=300,
        )
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(answer.choices[0].message.content or ""), dict)


CUTS = [
    *(("inside a key", 3), ("inside an escape", BEGUN.index("u00eb") + 3)),
    *((f"seed {seed}", Random(seed).randrange(len(BEGUN) + 1)) for seed in range(6)),
]


@pytest.mark.parametrize(("_where", "at"), CUTS)
async def test_the_small_model_goes_on_with_what_another_machine_began(
    local: Orchestrator, _where: str, at: int
) -> None:
    """What both wrote together satisfies the schema."""
    able: dict[str, Any] = {"kind": "native", "model": "begins", "abilities": ["json_schema"]}
    async with await _sdk(local) as client, ScriptedWorker(local.url, **able) as begins:
        asking = asyncio.create_task(
            client.chat.completions.parse(model="max", messages=QUESTION, response_format=Cafe)
        )
        held = await begins.claim("max", wait_ms=20_000)
        if at:
            await begins.say(held, 0, BEGUN[:at])
        await begins.post("release", workerId=begins.id)
        answer = await asking
    text = answer.choices[0].message.content or ""
    assert text.startswith(BEGUN[:at])
    Draft202012Validator(Cafe.model_json_schema()).validate(json.loads(text))
