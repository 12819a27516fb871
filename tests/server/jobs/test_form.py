"""An answer is done when it has the form that was asked for, or when its budget cut it."""

from typing import Any

import pytest
from msgspec import structs

from ashao.jobs.finish import complete
from ashao.jobs.job import Claim, JobId, Status
from ashao.jobs.publish import publish
from ashao.jobs.satisfies import satisfies
from ashao.jobs.store import JobStore
from ashao.messages import ABILITIES, Params
from tests.support.jobs import ANN, claimed, new_job, view

ABLE = structs.replace(ANN, abilities=ABILITIES)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


async def _said(store: JobStore, *texts: str, max_tokens: int | None = None) -> tuple[JobId, Claim]:
    params = Params(json_schema=SCHEMA, max_tokens=max_tokens)
    job_id, won = await claimed(store, new_job(params=params), ABLE)
    for seq, text in enumerate(texts):
        await publish(store, job_id, ABLE.id, won.attempt, seq, text, tokens=1)
    return job_id, won


async def test_what_satisfies_the_schema_is_done(job_store: JobStore) -> None:
    job_id, won = await _said(job_store, '{"b": "x",', ' "a": 1}')  # in any order
    assert await complete(job_store, job_id, ABLE.id, won.attempt, 2) == "ok"
    assert await complete(job_store, job_id, ABLE.id, won.attempt, 2) == "repeat"


@pytest.mark.parametrize("text", ['{"a": "1"}', '{"a": 1', "Sure! Here it is.", '{"a": NaN}'])
async def test_what_does_not_is_a_lost_attempt(job_store: JobStore, text: str) -> None:
    job_id, won = await _said(job_store, text)
    assert await complete(job_store, job_id, ABLE.id, won.attempt, 1) == "unkept"
    job = await view(job_store, job_id)
    assert (job.status, job.failures) == (Status.QUEUED, 1)


async def test_what_the_budget_cut_is_passed_on(job_store: JobStore) -> None:
    job_id, won = await _said(job_store, '{"a": ', max_tokens=1)
    assert await complete(job_store, job_id, ABLE.id, won.attempt, 1) == "ok"
    other, won = await _said(job_store, '{"a": ')
    assert await complete(job_store, other, ABLE.id, won.attempt, 1, reason="length") == "ok"


@pytest.mark.parametrize(("text", "is_one"), [("[" * 900 + "]" * 900, True), ("[" * 900, False)])
def test_a_strangers_choices_are_counted(text: str, is_one: bool) -> None:
    """A list of lists that may be read in two ways at each level would take for ever."""
    level = {"type": "array", "items": {"$ref": "#/$defs/list"}}
    schema = {
        "$ref": "#/$defs/list",
        "$defs": {"list": {"anyOf": [level | {"maxItems": 0}, level, level]}},
    }
    assert satisfies(schema, text) is is_one
