"""The genuine llama.cpp behind `ashao worker`: the demonstration model, on a machine of its own."""

from collections.abc import Iterator

import pytest
from openai import AsyncOpenAI

from tests.support.gguf_model import recited
from tests.support.llama_cpp import llama_cpp
from tests.support.native_worker import native_worker
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

pytestmark = pytest.mark.timeout(120)

TEXT = recited()
IN_A_WORD = TEXT.index("demonstration") + 5


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running llama.cpp."""
    with llama_cpp(tmp_path_factory.mktemp("llama")) as url:
        yield url


async def test_a_program_gets_the_models_words_and_its_count(
    server: Orchestrator, client: AsyncOpenAI, llama: str
) -> None:
    async with native_worker(server.url, llama, "llama-1"):
        answer = await client.chat.completions.create(
            model="llama-1",
            messages=[{"role": "user", "content": "What do you say?"}],
            temperature=0,
            max_tokens=20,
        )
    assert TEXT.startswith(answer.choices[0].message.content or "nothing")
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 20


async def test_it_finishes_the_word_that_another_machine_began(
    server: Orchestrator, client: AsyncOpenAI, llama: str
) -> None:
    """The first machine left in the middle of a word; the reader sees one text."""
    async with ScriptedWorker(server.url, kind="native", model="llama-2") as begins:
        stream = await client.chat.completions.create(
            model="llama-2",
            messages=[{"role": "user", "content": "What do you say?"}],
            temperature=0,
            stream=True,
        )
        held = await begins.claim("max")
        await begins.say(held, 0, TEXT[:IN_A_WORD])
        await begins.post("release", workerId=begins.id)
        async with native_worker(server.url, llama, "llama-2"):
            said = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(said) == TEXT


async def test_a_raw_text_is_gone_on_from_and_nothing_is_written_around_it(
    server: Orchestrator, client: AsyncOpenAI, llama: str
) -> None:
    """Asked as a chat the model begins at the beginning; the first machine leaves on the way."""
    begun, until = 40, IN_A_WORD
    async with ScriptedWorker(server.url, kind="native", model="llama-3") as begins:
        stream = await client.completions.create(
            model="llama-3", prompt=TEXT[:begun], temperature=0, stream=True
        )
        held = await begins.claim("max")
        await begins.say(held, 0, TEXT[begun:until])
        await begins.post("release", workerId=begins.id)
        async with native_worker(server.url, llama, "llama-3"):
            said = [chunk.choices[0].text async for chunk in stream]
    assert "".join(said) == TEXT[begun:]
