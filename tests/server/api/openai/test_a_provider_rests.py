"""A provider that is left alone after its failures is not waited for by programs."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import APIStatusError, AsyncOpenAI

from ashao.store.embedded import EmbeddedStore
from tests.support.api_keys import created_key
from tests.support.fake_openai import FakeOpenAI
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_http import served
from tests.support.wait import wait_until

REST_S = 1000
AT_OTHER_DOORS: dict[str, dict[str, Any]] = {
    "/v1/completions": {"prompt": "Hello?"},
    "/v1/responses": {"input": "Hello?"},
    "/v1/messages": {"messages": [{"role": "user", "content": "Hello?"}]},
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Orchestrator]:
    """An orchestrator whose only provider wants to be left alone when it is asked."""
    fake = FakeOpenAI()
    fake.fails(503, retry_after=str(REST_S))
    with (
        served(fake, "/v1"),
        orchestrator(
            tmp_path,
            ASHAO_OPENAI_BASE_URL=fake.base_url,
            ASHAO_OPENAI_MODEL="tiny",
            ASHAO_WORKER_GRACE_MS="0",
        ) as running,
    ):
        assert httpx.get(f"{running.url}/health/ready", timeout=60).status_code == 200
        yield running


async def test_while_the_only_provider_rests_the_answer_is_a_503_that_says_how_long(
    server: Orchestrator,
) -> None:
    secret = await created_key(EmbeddedStore(server.data_dir).url)
    async with AsyncOpenAI(
        base_url=f"{server.url}/v1", api_key=secret, max_retries=0, timeout=60
    ) as program:
        refusal = await _refusal(program)
    assert (refusal.status_code, refusal.code) == (503, "no_producer")
    assert REST_S / 10 < int(refusal.response.headers["Retry-After"]) <= REST_S
    async with httpx.AsyncClient(
        base_url=server.url, headers={"x-api-key": secret}, timeout=60
    ) as http:
        for path, body in AT_OTHER_DOORS.items():
            for stream in (False, True):
                reply = await http.post(path, json=body | {"stream": stream})
                assert reply.status_code == 503, path
                assert int(reply.headers["Retry-After"]) <= REST_S
                assert "not asked after its failures" in reply.json()["error"]["message"]


async def _refusal(program: AsyncOpenAI) -> APIStatusError:
    """What a program is told once the provider has failed; whoever asked before may wait."""
    asked: list[asyncio.Task[object]] = []

    async def refused() -> bool:
        asking = program.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": "Hello?"}]
        )
        asked.append(asyncio.create_task(asking))
        await asyncio.wait(asked[-1:], timeout=1)
        return asked[-1].done() and isinstance(asked[-1].exception(), APIStatusError)

    await wait_until(refused, "a refusal", 20)
    for each in asked:
        each.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    refusal = asked[-1].exception()
    assert isinstance(refusal, APIStatusError)
    return refusal
