"""A call that a program wants is begun for the model, and told to who can be kept to it."""

import asyncio
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.support.scripted_worker import ScriptedWorker

USER: Any = {"role": "user", "content": "What is the weather in Paris?"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER: Any = {"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}
MORE: Any = {"type": "function", "function": {"name": "get_more"}}
FORCED: list[tuple[Any, str, str]] = [
    ("required", '<tool_call>\n{"name": "', 'get_more", "arguments": {"a": 1}}\n</tool_call>'),
    (
        {"type": "function", "function": {"name": "get_more"}},
        '<tool_call>\n{"name": "get_more", "arguments":',
        ' {"a": 1}}\n',
    ),
]


@pytest.mark.parametrize(("choice", "begun", "rest"), FORCED)
async def test_a_call_that_must_be_made_is_begun_for_the_model(
    client: AsyncOpenAI, worker: ScriptedWorker, choice: Any, begun: str, rest: str
) -> None:
    """A machine goes on from what was begun, and is told what it must be: so it is a call."""
    await worker.register(abilities=["json_schema"])
    asking = asyncio.create_task(
        client.chat.completions.create(
            model="pro", messages=[USER], tools=[WEATHER, MORE], tool_choice=choice
        )
    )
    claimed = await worker.claim()
    assert claimed["messages"][-1] == {"role": "assistant", "content": begun}
    told = claimed["params"]["tools"]
    assert told["functions"][-1] == {"name": "get_more"}
    assert told["functions"][:-1] in ([], [{"name": "get_weather", "parameters": SCHEMA}])
    assert told["several"] is (choice == "required")
    await worker.say(claimed, 0, rest)
    await worker.complete(claimed)
    (answer,) = (await asking).choices
    assert (answer.finish_reason, answer.message.content) == ("tool_calls", None)
    assert [each.to_dict()["function"] for each in answer.message.tool_calls or []] == [
        {"name": "get_more", "arguments": '{"a": 1}'}
    ]


async def test_a_forced_call_that_is_none_is_shown_as_it_is(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    """Of a worker that cannot be made to."""
    asking = asyncio.create_task(
        client.chat.completions.create(
            model="pro", messages=[USER], tools=[WEATHER], tool_choice="required"
        )
    )
    claimed = await worker.claim()
    assert "tools" not in claimed["params"]
    await worker.say(claimed, 0, " Paris")
    await worker.complete(claimed)
    (answer,) = (await asking).choices
    assert answer.message.tool_calls is None
    assert answer.message.content == '<tool_call>\n{"name": "get_weather", "arguments": Paris'
