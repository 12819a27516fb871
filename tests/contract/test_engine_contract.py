"""What every engine promises: the same tests over each of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from tokenizers import Tokenizer

from ashao_worker.core.engine import Engine, EngineError
from ashao_worker.core.scripted import ScriptedEngine
from ashao_worker.core.wire import Message, Params
from ashao_worker.engines.openai_compatible import OpenAIEngine
from ashao_worker.homes.cpython import CPythonEnvironment, HttpLines
from tests.support.gguf_model import MODEL, recited
from tests.support.llama_cpp import llama_cpp
from tests.support.wait import wait_until
from tests.worker_native.local_server import serving
from tests.worker_native.openai_server import RecitingServer

ANSWER = "one two three four five six seven eight nine ten"
QUESTION = (Message("user", "Recite."),)
GREEDY = Params(temperature=0)


@dataclass
class Subject:
    """An engine that recites, how many generations run in it, and a way to break it.

    `tokens` is what its own tokenizer makes of the answer, `opening` the first three of them.
    """

    engine: Engine
    running: Callable[[], int]
    break_it: Callable[[], None]
    answer: str = ANSWER
    tokens: int = len(ANSWER) // 4
    opening: str = ANSWER[:12]


@asynccontextmanager
async def scripted() -> AsyncIterator[Subject]:
    async with CPythonEnvironment("http://127.0.0.1:9") as environment:
        engine = ScriptedEngine(environment, ANSWER, token_ms=1)

        def break_it() -> None:
            engine.error = "engine_error"

        yield Subject(engine, lambda: engine.open_streams, break_it)


@asynccontextmanager
async def openai() -> AsyncIterator[Subject]:
    server = RecitingServer(ANSWER)
    async with serving(server) as url, HttpLines(f"{url}/v1") as lines:

        def break_it() -> None:
            server.status = 500

        yield Subject(OpenAIEngine(lines, "tiny"), lambda: server.open_streams, break_it)


@asynccontextmanager
async def llama() -> AsyncIterator[Subject]:
    """The genuine one, with the demonstration model."""
    text = recited()
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    ids = tokenizer.encode(text).ids
    with TemporaryDirectory() as folder, ExitStack() as running:
        url = running.enter_context(llama_cpp(Path(folder)))
        async with HttpLines(f"{url}/v1") as lines:
            yield Subject(
                OpenAIEngine(lines, "tiny"),
                lambda: sum(each["is_processing"] for each in httpx.get(f"{url}/slots").json()),
                running.close,
                text,
                len(ids) + 1,  # and the one that ends it
                tokenizer.decode(ids[:3]),
            )


type Making = Callable[[], AbstractAsyncContextManager[Subject]]
# Without --matrix: the scripted one, and one of the others by the seed.
pytestmark = [
    pytest.mark.parametrize("making", [scripted, openai, llama]),
    pytest.mark.sample(2, always=(scripted,)),
]


async def said(subject: Subject, messages: Sequence[Message], params: Params) -> str:
    pieces = [piece async for piece in subject.engine.stream(messages, params)]
    return "".join(piece.text for piece in pieces)


async def test_it_says_all_of_the_answer_and_counts_its_tokens(making: Making) -> None:
    async with making() as subject:
        pieces = [piece async for piece in subject.engine.stream(QUESTION, GREEDY)]
        assert "".join(piece.text for piece in pieces) == subject.answer
        assert sum(piece.tokens for piece in pieces) == subject.tokens


async def test_it_has_a_model(making: Making) -> None:
    async with making() as subject:
        assert subject.engine.model
        assert subject.engine.context_tokens is None


async def test_it_continues_a_prefix_and_does_not_begin_anew(making: Making) -> None:
    async with making() as subject:
        messages = (*QUESTION, Message("assistant", subject.answer[:10]))
        assert await said(subject, messages, GREEDY) == subject.answer[10:]


async def test_it_says_no_more_than_asked_for(making: Making) -> None:
    async with making() as subject:
        assert await said(subject, QUESTION, Params(max_tokens=3, temperature=0)) == subject.opening


async def test_closing_the_stream_stops_the_generation(making: Making) -> None:
    async with making() as subject:
        stream = subject.engine.stream(QUESTION, GREEDY)
        await anext(stream)
        assert subject.running() == 1 or making is llama, "which is soon at its end"
        await stream.aclose()
        await wait_until(lambda: subject.running() == 0, "the generation stops", 1)


async def test_it_can_be_used_again_after_a_stop(making: Making) -> None:
    async with making() as subject:
        stream = subject.engine.stream(QUESTION, GREEDY)
        await anext(stream)
        await stream.aclose()
        assert await said(subject, QUESTION, GREEDY) == subject.answer


async def test_it_fails_with_a_word_of_the_closed_list(making: Making) -> None:
    async with making() as subject:
        subject.break_it()
        with pytest.raises(EngineError) as failed:
            await said(subject, QUESTION, GREEDY)
        assert failed.value.code == "engine_error"
