"""The `instructor` package around OpenAI's: its modes TOOLS, JSON and JSON_SCHEMA."""

import asyncio

import instructor
from checks import FACTS, KEY, QUESTION, URL, feature, tell
from openai import OpenAI
from pydantic import BaseModel

openai = OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0)


class Capital(BaseModel):
    """What is asked for."""

    city: str
    population: int


def _asked(mode: instructor.Mode) -> None:
    client = instructor.from_openai(openai, mode=mode)
    found = client.chat.completions.create(
        model="auto",
        response_model=Capital,
        max_retries=0,
        messages=[{"role": "user", "content": QUESTION}],
    )
    assert (found.city, found.population) == tuple(FACTS.values())


@feature("tools, named")
def tools() -> None:
    _asked(instructor.Mode.TOOLS)


@feature("JSON object")
def json_object() -> None:
    _asked(instructor.Mode.JSON)


@feature("JSON schema")
def json_schema() -> None:
    _asked(instructor.Mode.JSON_SCHEMA)


@feature("streamed tool call")
def streamed() -> None:
    client = instructor.from_openai(openai, mode=instructor.Mode.TOOLS)
    parts = client.chat.completions.create_partial(
        model="auto", response_model=Capital, messages=[{"role": "user", "content": QUESTION}]
    )
    *_, last = parts
    assert (last.city, last.population) == tuple(FACTS.values())


asyncio.run(tell())
