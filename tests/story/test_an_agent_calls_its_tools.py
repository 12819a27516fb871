"""A real agent calls a tool, reads what it returned and answers, whatever its machines do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from ashao_text.tools.history import written_call
from tests.story.conftest import PATIENT
from tests.support.api_keys import created_key
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT | {"ASHAO_MAX_ATTEMPTS": "10"}
WEATHER = {"Paris": "sun", "Rome": "rain", "Oslo": "snow"}
ROUNDS = (("Paris", "Rome"), ("Oslo",))
BEFORE = "Let me see.\n" + written_call("weather", '{"city": "Paris"}')
QUESTION = "How is the weather in Paris, in Rome, and then in Oslo?"
ANSWER = "It is sun and rain, and snow."


class Mortal:
    """Machines that write what is next in the conversation; each dies after `life` letters."""

    def __init__(self, url: str, life: int) -> None:
        self._url = url
        self._life = life
        self.deaths = 0

    async def serve(self) -> None:
        """One machine after the other."""
        while True:
            async with ScriptedWorker(self._url) as worker:
                is_alive = True
                while is_alive:
                    is_alive = await self._answer(worker)
                await worker.post("release", workerId=worker.id)
                self.deaths += 1

    async def _answer(self, worker: ScriptedWorker) -> bool:
        claimed = await worker.claim()
        *_, last = claimed["messages"]
        prefix = last["content"] if last["role"] == "assistant" else ""
        rest = _next_words(claimed["messages"]).removeprefix(prefix)
        said = rest[: self._life]
        seq = claimed["nextSeq"]
        for at in range(0, len(said), 7):
            await worker.say(claimed, seq, said[at : at + 7])
            seq += 1
        if said == rest:
            await worker.complete(claimed)
        return said == rest


def _next_words(messages: Sequence[dict[str, str]]) -> str:
    """What the model says after this conversation; it reads the results of its calls."""
    results = [each["content"] for each in messages if "<tool_response>" in each["content"]]
    results = [each for each in results if each.startswith("<tool_response>")]
    if len(results) < len(ROUNDS):
        calls = (written_call("weather", f'{{"city": "{each}"}}') for each in ROUNDS[len(results)])
        return "Let me see.\n" + "\n".join(calls)
    told = [line for each in results for line in each.splitlines() if not line.startswith("<")]
    return f"It is {told[0]} and {told[1]}, and {told[2]}."


@pytest.fixture(params=[10_000, len(BEFORE), 23])
async def machines(server: Orchestrator, request: pytest.FixtureRequest) -> AsyncIterator[Mortal]:
    """Machines with some life in each: for all of it, between the calls, in the midst of them."""
    mortal = Mortal(server.url, request.param)
    serving = asyncio.create_task(mortal.serve())
    yield mortal
    assert (mortal.deaths > 0) is (request.param < 1000)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
async def agent(
    server: Orchestrator, store_at: str, asked: list[str]
) -> AsyncIterator[Agent[None, str]]:
    """An agent with one tool, which keeps in mind what it was asked."""
    secret = await created_key(store_at)
    sdk = AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0)
    provider = OpenAIProvider(openai_client=sdk)
    made: Agent[None, str] = Agent(OpenAIChatModel("pro", provider=provider))

    @made.tool_plain
    def weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return WEATHER[city]

    async with sdk:
        yield made


@pytest.fixture
def asked() -> list[str]:
    """The cities that the tool was asked for."""
    return []


async def test_an_agent_asks_its_tool_once_for_each_call_and_answers(
    agent: Agent[None, str], machines: Mortal, asked: list[str]
) -> None:
    done = await agent.run(QUESTION)
    assert done.output == ANSWER
    assert sorted(asked) == sorted(WEATHER)
    assert len(_ids(done.all_messages())) == len(set(_ids(done.all_messages()))) == len(WEATHER)


async def test_an_agent_that_reads_the_stream_does_the_same(
    agent: Agent[None, str], machines: Mortal, asked: list[str]
) -> None:
    async with agent.iter(QUESTION) as running:
        async for node in running:
            if Agent.is_model_request_node(node):
                async with node.stream(running.ctx) as stream:
                    async for _ in stream:
                        pass
    assert running.result is not None
    assert running.result.output == ANSWER
    assert sorted(asked) == sorted(WEATHER)


def _ids(messages: Sequence[Any]) -> list[str]:
    parts = (part for each in messages for part in each.parts)
    return [part.tool_call_id for part in parts if part.part_kind == "tool-call"]
