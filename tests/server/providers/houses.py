"""Each provider with the place it talks to, so that one test can be put to all of them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from ashao.messages import Message, Params
from ashao.providers.gemini import Gemini
from ashao.providers.openai_compatible import OpenAICompatible
from ashao.providers.provider import Provider
from ashao.providers.retries import RetryPolicy
from tests.server.providers.manual_clock import ManualClock
from tests.support.fake_gemini import FakeGemini
from tests.support.fake_openai import FakeOpenAI
from tests.support.scripted_http import served

HELLO = [Message("system", "Be brief."), Message("user", "Say hello.")]
QUICK = RetryPolicy(first_token_s=5, between_tokens_s=5, initial_backoff_s=0.01)

type Fake = FakeGemini | FakeOpenAI


@contextmanager
def fake_of(kind: str) -> Iterator[Fake]:
    """A running fake: `gemini` or `openai`."""
    fake: Fake = FakeGemini() if kind == "gemini" else FakeOpenAI()
    with served(fake, "" if kind == "gemini" else "/v1"):
        yield fake


@asynccontextmanager
async def provider_at(
    fake: Fake, retry_policy: RetryPolicy = QUICK, clock: ManualClock | None = None
) -> AsyncIterator[Provider]:
    """The real provider, talking to the fake through its real SDK."""
    clock = clock or ManualClock()
    provider: Provider
    if isinstance(fake, FakeGemini):
        provider = Gemini("k3y", "tiny", clock, base_url=fake.base_url, retry_policy=retry_policy)
    else:
        provider = OpenAICompatible(fake.base_url, "k3y", "tiny", clock, retry_policy=retry_policy)
    try:
        yield provider
    finally:
        await provider.aclose()


async def answer_text(
    provider: Provider, messages: list[Message] | None = None, params: Params | None = None
) -> str:
    """The whole answer as one string."""
    async with provider.stream(messages or HELLO, params or Params()) as answer:
        return "".join([piece async for piece in answer])
