"""In a worker of the server's own an answer ends where a tab's does: where its window is full."""

from collections.abc import Iterator
from contextlib import aclosing

import httpx
import pytest

from ashao_worker.core.engine import Piece
from ashao_worker.core.wire import Message, Params
from ashao_worker.engines.openai_compatible import OpenAIEngine
from ashao_worker.homes.cpython import HttpLines
from ashao_worker.homes.llama import LlamaOptions, running_llama

pytestmark = pytest.mark.timeout(200)

WINDOW = 256
ENDLESS = Message("user", "Write the numbers from 1 to 500: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,")
PROMPT_TOKENS = 40  # at least


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The small model, with a window that is soon full."""
    with running_llama(LlamaOptions(context_tokens=WINDOW)) as address:
        yield address


async def _answer(url: str, *messages: Message) -> list[Piece]:
    async with HttpLines(f"{url}/v1") as lines:
        engine = OpenAIEngine(lines, "small", WINDOW)
        async with aclosing(engine.stream(messages, Params())) as pieces:
            return [piece async for piece in pieces]


async def test_it_ends_there_whoever_began_it(url: str) -> None:
    whole = await _answer(url, ENDLESS)
    text = "".join(piece.text for piece in whole)
    begun = text[: len(text) // 2]
    rest = await _answer(url, ENDLESS, Message("assistant", begun))
    assert begun + "".join(piece.text for piece in rest) == text
    assert whole[-1].finish == rest[-1].finish == "length"
    assert WINDOW // 2 < sum(piece.tokens for piece in whole) < WINDOW - PROMPT_TOKENS


def test_nothing_else_ends_it(url: str) -> None:
    settings = httpx.get(f"{url}/props").json()["default_generation_settings"]
    assert settings["params"]["n_predict"] == -1
