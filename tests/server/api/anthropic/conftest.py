"""An orchestrator, an API key for it, and the real Anthropic SDK."""

from collections.abc import AsyncIterator

import pytest
from anthropic import AsyncAnthropic

from tests.support.orchestrator import Orchestrator
from tests.support.program import redis_url, secret, server, worker

__all__ = ["client", "redis_url", "secret", "server", "worker"]


@pytest.fixture
async def client(server: Orchestrator, secret: str) -> AsyncIterator[AsyncAnthropic]:
    """A program that uses the SDK as its makers show it."""
    async with AsyncAnthropic(
        base_url=server.url, api_key=secret, max_retries=0, timeout=20
    ) as sdk:
        yield sdk
