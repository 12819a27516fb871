"""A job that no worker can serve does not wait for one, and says so; any other waits its window."""

from collections.abc import Iterator

import httpx
import pytest
from openai import AsyncOpenAI

from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

LONG = "word " * 3000  # 3,750 tokens by estimate
NOTICE = "ashao-notice"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """An orchestrator whose grace window is longer than any test."""
    settings = {"ASHAO_WORKER_GRACE_MS": "60000", "ASHAO_SIMULATE_V1": "on"}
    with orchestrator(tmp_path_factory.mktemp("at-once"), **settings) as running:
        assert httpx.get(f"{running.url}/health/ready", timeout=60).status_code == 200
        yield running


async def _answer(client: AsyncOpenAI, model: str, content: str) -> tuple[str, str | None]:
    """Which model answered, and the notice beside it."""
    reply = await client.chat.completions.with_raw_response.create(
        model=model, messages=[{"role": "user", "content": content}], max_tokens=3
    )
    return reply.parse().model, reply.headers.get(NOTICE)


async def _is_seen(client: AsyncOpenAI, model: str) -> None:
    """The orchestrator looks once a second who is there."""

    async def listed() -> bool:
        return model in [each.id async for each in client.models.list()]

    await wait_until(listed, "the worker to be seen")


async def test_a_providers_model_by_name_is_asked_at_once(client: AsyncOpenAI) -> None:
    model, notice = await _answer(client, "simulation", "Hello?")
    assert model == "simulation"
    assert notice is not None


async def test_a_prompt_that_no_worker_holds_goes_to_a_provider_at_once(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    async with ScriptedWorker(server.url, model="short-1", contextTokens=2048) as worker:
        await _is_seen(client, "short-1")
        model, notice = await _answer(client, "auto", LONG)
        await worker.post("release", workerId=worker.id)
    assert model == "simulation"
    assert "long" in (notice or "")


async def test_a_long_question_in_the_chat_says_that_no_worker_is_waited_for(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    async with (
        ChatClient(server.url) as person,
        ScriptedWorker(server.url, model="short-2", contextTokens=2048) as worker,
    ):
        await _is_seen(client, "short-2")
        job_id = await person.send(LONG)
        events = [event.json() async for event in person.events(job_id)]
        await worker.post("release", workerId=worker.id)
    assert events[-1]["type"] == "done"
    assert [each for each in events if each["type"] == "queued"] in (
        [{"type": "queued", "position": 0, "noWorker": True}],
        [],  # the provider was quicker than the reader
    )


async def test_a_model_of_a_worker_that_is_there_is_waited_for(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    async with ScriptedWorker(server.url, model="busy-one") as worker:
        stream = await client.chat.completions.with_raw_response.create(
            model="busy-one", messages=[{"role": "user", "content": "Hello?"}], stream=True
        )
        assert NOTICE not in stream.headers
        claimed = await worker.claim()
        assert claimed["job"]["model"] == "busy-one"
        await worker.say(claimed, 0, "Mine.")
        await worker.complete(claimed)
        said = [each async for each in stream.parse()]
        await worker.post("release", workerId=worker.id)
    assert {each.model for each in said} == {"busy-one"}
