"""JSON by a schema from a tab that runs llama.cpp: it goes on, and others go on after it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator
from openai import AsyncOpenAI
from playwright.async_api import Browser, BrowserContext

from tests.e2e.pages import Donor
from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.webgpu,
    pytest.mark.dear,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

SMALL = "SmolLM2-135M-Instruct"
QUESTION: Any = [{"role": "user", "content": "Describe a café in JSON."}]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "näme": {"type": "string", "minLength": 40, "maxLength": 50},
        "kind": {"enum": ["café", "bar"]},
        "seats": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
        "note": {"type": "string", "maxLength": 20},
    },
    "required": ["näme", "kind", "seats", "note"],
    "additionalProperties": False,
}
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "cafe", "schema": SCHEMA}}
BEGUN = '{"näme": "Zo\\u00eb", "kind": "'
CUTS = {"key": 3, "escape": BEGUN.index("u00eb") + 3}


@pytest_asyncio.fixture(loop_scope="module")
async def plain(browser_without_webgpu: Browser) -> AsyncIterator[BrowserContext]:
    """A browser whose models run on its processor."""
    opened = await browser_without_webgpu.new_context()
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def program(patient: Orchestrator, redis_url: str) -> AsyncIterator[AsyncOpenAI]:
    """Somebody's program, with a key."""
    secret = await created_key(redis_url)
    url = f"{patient.url}/v1"
    async with AsyncOpenAI(base_url=url, api_key=secret, max_retries=0, timeout=200) as client:
        yield client


async def _ask(program: AsyncOpenAI) -> str:
    answer = await program.chat.completions.create(
        model="pro", messages=QUESTION, response_format=FORMAT, temperature=0
    )
    return answer.choices[0].message.content or ""


def _check(text: str) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(text))


async def test_a_tab_goes_on_with_json_at_any_character(
    patient: Orchestrator, plain: BrowserContext, program: AsyncOpenAI
) -> None:
    """What both wrote together satisfies the schema: begun in a key, begun in an escape."""
    donor = await Donor(await plain.new_page(), patient.url).open()
    await donor.start(SMALL)
    await donor.pause_button.click()
    for at in CUTS.values():
        async with ScriptedWorker(patient.url, abilities=["json_schema"]) as leaving:
            asking = asyncio.create_task(_ask(program))
            await leaving.say(await leaving.claim(wait_ms=20_000), 0, BEGUN[:at])
            await leaving.post("release", workerId=leaving.id)
            await donor.resume_button.click()
            text = await asking
            await donor.pause_button.click()
        assert text.startswith(BEGUN[:at])
        _check(text)
    await donor.page.close()


async def test_a_tab_closes_and_another_goes_on_with_its_json(
    patient: Orchestrator, plain: BrowserContext, program: AsyncOpenAI
) -> None:
    """What the first tab wrote stands in the whole, which satisfies the schema."""
    other = await Donor(await plain.new_page(), patient.url).open()
    await other.start(SMALL)
    await other.pause_button.click()
    leaving = await Donor(await plain.new_page(), patient.url).open()
    await leaving.start(SMALL)
    text = ""
    answer = await program.chat.completions.create(
        model="pro", messages=QUESTION, response_format=FORMAT, temperature=0, stream=True
    )
    async for chunk in answer:
        text += chunk.choices[0].delta.content or ""
        if len(text) > len('{"näme": "') and not leaving.page.is_closed():
            await leaving.page.close()
            await other.resume_button.click()
            await other.until("working")
    _check(text)
    await other.page.close()
