"""An answer in JSON goes on at every character, in virtual time."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ashao_worker.core.engine import JSON_SCHEMA
from ashao_worker.core.scripted import ScriptedEngine
from tests.support.json_answers import ANSWERS
from tests.worker.house import donating


class AbleEngine(ScriptedEngine):
    """One that keeps to schemas."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more, abilities=(JSON_SCHEMA,))


@pytest.mark.parametrize(("schema", "answer"), ANSWERS)
async def test_whichever_character_a_machine_dies_at_the_answer_is_the_unbroken_one(
    schema: dict[str, Any], answer: str
) -> None:
    async with donating(answer=answer, token_ms=1, engine_type=AbleEngine) as house:
        for at in range(len(answer) + 1):
            prefix = [answer[:at]] if at else []
            job = house.orchestrator.enqueue(f"j{at}", prefix=prefix, jsonSchema=schema)
            await house.until_ended(job)
            assert job.text == answer
            Draft202012Validator(schema).validate(json.loads(job.text))
            assert job.failures == []


async def test_the_ability_is_registered_and_only_then() -> None:
    async with donating(engine_type=AbleEngine) as able:
        await able.environment.advance(1_000)
        assert able.orchestrator.bodies("register")[0]["abilities"] == ["json_schema"]
    async with donating() as unable:
        await unable.environment.advance(1_000)
        assert "abilities" not in unable.orchestrator.bodies("register")[0]


@pytest.mark.parametrize("prefix", ['{"b', '{"a": 1}x'])
async def test_a_prefix_that_breaks_the_schema_is_the_jobs_fault(prefix: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    async with donating(answer=prefix, engine_type=AbleEngine) as house:
        job = house.orchestrator.enqueue(prefix=[prefix], jsonSchema=schema)
        await house.environment.until(lambda: job.failures != [], "a failure")
        assert job.failures == ["bad_request"]


async def test_a_schema_that_cannot_be_kept_to_is_the_jobs_fault() -> None:
    async with donating(engine_type=AbleEngine) as house:
        job = house.orchestrator.enqueue(jsonSchema={"not": {}})
        await house.environment.until(lambda: job.failures != [], "a failure")
        assert job.failures == ["bad_request"]
