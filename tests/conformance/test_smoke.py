"""What docs/conformance.md says of three clients is what they find now.

They are those that the tests have anyway; all of them are tried by `make conformance`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest

from tests.conformance import model
from tests.conformance.__main__ import NODE, PYTHON
from tests.conformance.attempt import CLIENTS, attempt
from tests.conformance.environments import python_pins
from tests.conformance.report import reported
from tests.support.orchestrator import Orchestrator
from tests.support.program import redis_url, secret, server

__all__ = ["redis_url", "secret", "server"]


@pytest.fixture
async def answering(server: Orchestrator) -> AsyncIterator[None]:
    """A model that answers, until the test is over."""
    serving = asyncio.create_task(model.serve(server.url))
    yield
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.mark.parametrize("client", ["openai", "anthropic", "pydantic-ai-slim"])
@pytest.mark.usefixtures("answering")
async def test_a_client_finds_what_the_report_says(
    client: str, server: Orchestrator, secret: str
) -> None:
    found = await attempt([sys.executable, CLIENTS / PYTHON[client]], server.url, secret)
    assert found == reported(client)
    assert "works" in found.values()


def test_every_client_is_pinned_and_has_a_column() -> None:
    assert set(PYTHON) == set(python_pins())
    assert all(reported(client) for client in (*PYTHON, *NODE))
