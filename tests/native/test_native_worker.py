"""The native worker between a real orchestrator and an OpenAI-compatible engine."""

import signal

import pytest
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk

from tests.support.member import Member
from tests.support.native_worker import native_worker
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until
from tests.worker_native.local_server import serving
from tests.worker_native.openai_server import RecitingServer

pytestmark = pytest.mark.timeout(120)

TEXT = "One answer, written by more than one machine, and nobody could tell. " * 3


async def _streamed(client: AsyncOpenAI, model: str) -> AsyncStream[ChatCompletionChunk]:
    return await client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Recite."}], stream=True
    )


def _text(chunk: ChatCompletionChunk) -> str:
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""


async def _beginning(stream: AsyncStream[ChatCompletionChunk], characters: int) -> str:
    """What was said until it is at least so long."""
    said = ""
    while len(said) < characters:
        said += _text(await anext(stream))
    return said


async def _rest(stream: AsyncStream[ChatCompletionChunk]) -> str:
    return "".join([_text(each) async for each in stream])


async def test_a_job_for_its_model_is_answered_with_its_engines_words(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    engine = RecitingServer(TEXT)
    async with serving(engine) as url, native_worker(server.url, url, "tiny-1"):
        assert "tiny-1" in [each.id async for each in client.models.list()]
        answer = await client.chat.completions.create(
            model="tiny-1",
            messages=[{"role": "user", "content": "Recite."}],
            temperature=0,
            max_tokens=400,
        )
    assert answer.choices[0].message.content == TEXT
    assert (answer.model, answer.choices[0].finish_reason) == ("tiny-1", "stop")
    assert answer.usage is not None
    assert answer.usage.completion_tokens == -(-len(TEXT) // engine.piece_characters)
    (asked,) = engine.requests
    assert (asked["temperature"], asked["max_tokens"]) == (0, 400)


async def test_a_worker_that_is_killed_is_followed_by_the_next_one(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    engine = RecitingServer(TEXT, piece_ms=20)
    async with (
        serving(engine) as url,
        native_worker(server.url, url, "tiny-2") as first,
    ):
        stream = await _streamed(client, "tiny-2")
        said = await _beginning(stream, 20)
        first.kill()
        async with native_worker(server.url, url, "tiny-2"):
            assert said + await _rest(stream) == TEXT
    assert engine.requests[-1]["messages"][-1]["role"] == "assistant"


async def test_it_goes_on_with_what_another_kind_of_worker_began(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    engine = RecitingServer(TEXT)
    async with ScriptedWorker(server.url, kind="native", model="tiny-3") as begins:
        stream = await _streamed(client, "tiny-3")
        held = await begins.claim("max")
        await begins.say(held, 0, TEXT[:30])
        said = await _beginning(stream, 30)
        async with serving(engine) as url, native_worker(server.url, url, "tiny-3"):
            await begins.post("release", workerId=begins.id)
            assert said + await _rest(stream) == TEXT


async def test_a_signal_lets_the_answer_come_to_its_end(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    engine = RecitingServer(TEXT, piece_ms=10)
    async with serving(engine) as url, native_worker(server.url, url, "tiny-4") as worker:
        stream = await _streamed(client, "tiny-4")
        said = await _beginning(stream, 10)
        worker.send_signal(signal.SIGTERM)
        assert said + await _rest(stream) == TEXT
        await worker.communicate()
        assert worker.returncode == 0
    assert len(engine.requests) == 1


async def test_a_reader_that_leaves_stops_the_engine(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    engine = RecitingServer(TEXT * 100, piece_ms=20)
    async with serving(engine) as url, native_worker(server.url, url, "tiny-5"):
        stream = await _streamed(client, "tiny-5")
        await _beginning(stream, 10)
        await stream.close()
        await wait_until(lambda: engine.open_streams == 0, "the engine to be let go")


async def test_it_earns_for_the_account_whose_key_it_has(server: Orchestrator) -> None:
    """Nothing on its command line tells whose it is: the key is in its environment."""
    engine = RecitingServer(TEXT)
    async with Member(server.url) as ben, Member(server.url) as ann:
        await ben.sign_in()
        asked = {"name": "workshop", "scopes": ["donate"]}
        secret = (await ben.http.post("/api/keys", json=asked)).json()["secret"]
        await ann.sign_in()
        async with (
            serving(engine) as url,
            native_worker(server.url, url, "tiny-6", environment={"ASHAO_API_KEY": secret}),
        ):
            answer = await ann.answer(await ann.send(tier="max"))
        assert answer.text == TEXT
        await ben.until_credits(500 + 15 * 70 // 100)
