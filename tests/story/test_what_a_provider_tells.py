"""A program is told what the provider told: how many tokens it took, and why the answer ended."""

from collections.abc import AsyncIterator, Iterator

import pytest
from openai import AsyncOpenAI

from tests.support.api_keys import created_key
from tests.support.fake_gemini import FakeGemini, chunk, event
from tests.support.orchestrator import Orchestrator, orchestrator

MODEL = "gemini-of-a-test"  # a provider's model: no worker is waited for


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str], gemini: FakeGemini
) -> Iterator[Orchestrator]:
    """An orchestrator with this one provider."""
    cloud = {
        "GEMINI_API_KEY": "k3y",
        "ASHAO_GEMINI_BASE_URL": gemini.base_url,
        "ASHAO_GEMINI_MODEL": MODEL,
    }
    with orchestrator(tmp_path_factory.mktemp("telling"), **settings | cloud) as running:
        yield running


@pytest.fixture
async def program(server: Orchestrator, store_at: str) -> AsyncIterator[AsyncOpenAI]:
    """A program with the OpenAI SDK."""
    secret = await created_key(store_at)
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0) as sdk:
        yield sdk


def _ends(text: str, finish: str, *, written: int, thoughts: int = 0) -> tuple[str, str]:
    """An answer of one piece, and its last chunk."""
    usage = {
        "promptTokenCount": 3,
        "candidatesTokenCount": written,
        "thoughtsTokenCount": thoughts,
    }
    last = {"candidates": [{"finishReason": finish}], "usageMetadata": usage}
    return chunk(text), event(last)


@pytest.mark.parametrize(
    ("text", "finish", "written", "thoughts", "told"),
    [
        ("A long answer that is whole, within its budget.", "STOP", 4, 0, "stop"),
        ("Cut.", "MAX_TOKENS", 9, 0, "length"),
        ("Cut.", "MAX_TOKENS", 2, 7, "length"),
        ("", "MAX_TOKENS", 0, 9, "length"),
    ],
)
async def test_tokens_and_the_reason_of_the_end_are_the_providers_own(
    program: AsyncOpenAI,
    gemini: FakeGemini,
    text: str,
    finish: str,
    written: int,
    thoughts: int,
    told: str,
) -> None:
    gemini.reset()
    gemini.sends(*_ends(text, finish, written=written, thoughts=thoughts))
    answer = await program.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Hello?"}], max_tokens=9
    )
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == (text, told)
    assert answer.usage is not None
    assert answer.usage.completion_tokens == written


async def test_a_stream_tells_the_same(program: AsyncOpenAI, gemini: FakeGemini) -> None:
    gemini.reset()
    gemini.sends(*_ends("Cut", "MAX_TOKENS", written=2, thoughts=7))
    stream = await program.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Hello?"}],
        max_tokens=9,
        stream=True,
        stream_options={"include_usage": True},
    )
    *_, ended, last = [each async for each in stream]
    assert ended.choices[0].finish_reason == "length"
    assert last.usage is not None
    assert last.usage.completion_tokens == 2
