"""Each provider with the place it talks to, so that one test can be put to all of them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from ashao.providers.gemini import Gemini
from ashao.providers.openai_compatible import OpenAICompatible
from ashao.providers.patience import Patience
from ashao.providers.provider import Message, Params, Provider
from tests.server.providers.manual_clock import ManualClock
from tests.support.fake_gemini import FakeGemini
from tests.support.fake_openai import FakeOpenAI
from tests.support.scripted_http import served

HELLO = [Message("system", "Be brief."), Message("user", "Say hello.")]
QUICK = Patience(first_token_s=5, between_tokens_s=5, first_pause_s=0.01)

type Fake = FakeGemini | FakeOpenAI


@contextmanager
def fake_of(kind: str) -> Iterator[Fake]:
    """A running fake: `gemini` or `openai`."""
    fake: Fake = FakeGemini() if kind == "gemini" else FakeOpenAI()
    with served(fake, "" if kind == "gemini" else "/v1"):
        yield fake


@asynccontextmanager
async def provider_at(
    fake: Fake, patience: Patience = QUICK, clock: ManualClock | None = None
) -> AsyncIterator[Provider]:
    """The real provider, talking to the fake through its real SDK."""
    clock = clock or ManualClock()
    provider: Provider
    if isinstance(fake, FakeGemini):
        provider = Gemini("k3y", "tiny", clock, base_url=fake.base_url, patience=patience)
    else:
        provider = OpenAICompatible(fake.base_url, "k3y", "tiny", clock, patience=patience)
    try:
        yield provider
    finally:
        await provider.aclose()


async def told(
    provider: Provider, messages: list[Message] | None = None, params: Params | None = None
) -> str:
    """The whole answer as one string."""
    async with provider.stream(messages or HELLO, params or Params()) as answer:
        return "".join([piece async for piece in answer])
