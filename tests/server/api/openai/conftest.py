"""An orchestrator, an API key for it, and the real OpenAI SDK."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI

from tests.support.orchestrator import Orchestrator
from tests.support.program import redis_url, secret, server, worker

__all__ = ["client", "redis_url", "secret", "server", "worker"]


@pytest.fixture
async def client(server: Orchestrator, secret: str) -> AsyncIterator[AsyncOpenAI]:
    """A program that uses the SDK as its makers show it."""
    async with AsyncOpenAI(
        base_url=f"{server.url}/v1", api_key=secret, max_retries=0, timeout=20
    ) as sdk:
        yield sdk
