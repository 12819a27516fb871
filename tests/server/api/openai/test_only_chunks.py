"""A stream at /v1 is chunks from its first byte to its last: no parser has to know comments."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker


async def _blocks(answer: httpx.Response) -> AsyncIterator[dict[str, Any] | str]:
    """As the simplest parsers read: what is between empty lines is `data: ` and then JSON."""
    text = ""
    async for piece in answer.aiter_text():
        *blocks, text = (text + piece).split("\n\n")
        for block in blocks:
            assert block.startswith("data: ")
            data = block.removeprefix("data: ")
            yield data if data == "[DONE]" else json.loads(data)
    assert text == ""


def _delta(block: dict[str, Any] | str) -> dict[str, str]:
    assert isinstance(block, dict)
    delta: dict[str, str] = block["choices"][0]["delta"]
    return delta


async def test_a_stream_has_nothing_but_chunks(
    server: Orchestrator, secret: str, worker: ScriptedWorker
) -> None:
    asked = {"model": "tiny-pro", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"Authorization": f"Bearer {secret}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as http,
        http.stream("POST", "/v1/chat/completions", json=asked) as answer,
    ):
        blocks = _blocks(answer)
        assert _delta(await anext(blocks)) == {"role": "assistant", "content": ""}
        assert _delta(await anext(blocks)) == {"content": ""}  # it waits, and the connection lives
        claimed = await asyncio.wait_for(worker.claim(), 10)
        await worker.say(claimed, 0, "Once")
        await worker.complete(claimed)
        *rest, done = [block async for block in blocks]
    assert done == "[DONE]"
    assert "".join(_delta(block).get("content", "") for block in rest) == "Once"
