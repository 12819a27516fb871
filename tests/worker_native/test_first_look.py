"""Before a native worker is ready its engine has answered with its model; else it says why not."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from tests.support.wait import wait_until
from tests.worker_native.local_server import Handler, Reply, Request, json_reply, serving
from tests.worker_native.openai_server import RecitingServer
from tests.worker_native.real_orchestrator import orchestrating

MODELS = ["tiny", "large"]


def _engine(
    refusal: Callable[[], Reply] | None = None,
    *,
    models: list[str] | None = None,
    path: str = "/v1",
    key: str | None = None,
) -> Handler:
    """An engine that refuses what it is asked so, or answers."""
    reciting = RecitingServer("Hi.")

    async def handle(request: Request) -> Reply:
        if not request.path.startswith(path):
            return json_reply({"detail": "Not Found"}, 404)
        if key is not None and request.headers.get("authorization") != f"Bearer {key}":
            return json_reply({"error": {"message": "no"}}, 401)
        if request.method == "GET":
            return json_reply(
                {
                    "data": [{"id": each} for each in MODELS if models is None]
                    + [{"id": each} for each in models or []]
                }
            )
        return refusal() if refusal else await reciting(request)

    return handle


async def _worker(stack: AsyncExitStack, engine_url: str, *more: str) -> Process:
    server, _ = await stack.enter_async_context(orchestrating())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ashao_worker", "--server", server, "--json-logs"),
        *("--engine-url", engine_url, *more),
        stdout=PIPE,
        stderr=PIPE,
    )
    stack.push_async_callback(process.communicate)
    stack.callback(lambda: process.kill() if process.returncode is None else None)
    return process


def _page() -> Reply:
    return Reply(body=b"<html>", headers={"Content-Type": "text/html"})


def _unknown() -> Reply:
    return json_reply({"error": {"message": "model 'other' not found"}}, 404)


@pytest.mark.parametrize(
    ("engine", "arguments", "words"),
    [
        (_engine(_unknown), ("--model", "other"), "the engine has tiny, large"),
        (_engine(path="/api/v1"), ("--model", "tiny"), "--engine-url"),
        (_engine(key="right"), ("--model", "tiny"), "ASHAO_ENGINE_API_KEY"),
        (_engine(_page), ("--model", "tiny"), "OpenAI's chat format"),
        (_engine(), (), "Name the model with --model: the engine has tiny, large"),
        (_engine(models=[]), (), "the engine lists none"),
    ],
)
async def test_what_stays_wrong_is_a_sentence_and_status_1(
    engine: Handler, arguments: tuple[str, ...], words: str
) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(engine))
        process = await _worker(stack, url, *arguments)
        out, err = await process.communicate()
    assert process.returncode == 1
    [sentence] = err.decode().splitlines()
    assert words in sentence
    assert b"ready" not in out


async def test_the_only_model_needs_no_name() -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(_engine(models=["tiny"])))
        process = await _worker(stack, url)
        assert (await _state(process))["state"] == "ready"


async def test_an_engine_that_comes_up_late_is_waited_for() -> None:
    replies = iter([json_reply({"error": {"message": "loading"}}, 503)])
    reciting = RecitingServer("Hi.")
    asked = 0

    async def handle(request: Request) -> Reply:
        nonlocal asked
        asked += request.method == "POST"
        late = next(replies, None) if request.method == "POST" else None
        return late or await reciting(request)

    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(handle))
        process = await _worker(stack, url, "--model", "tiny")
        waiting = await _state(process)
        assert waiting["state"] == "paused"
        assert "status 503" in waiting["message"]
        assert (await _state(process))["state"] == "ready"
    assert asked == 2


async def test_one_that_is_not_there_is_told_and_a_signal_ends_the_waiting() -> None:
    async with AsyncExitStack() as stack:
        process = await _worker(stack, "http://127.0.0.1:1", "--model", "tiny")
        assert "cannot be reached" in (await _state(process))["message"]
        process.send_signal(signal.SIGTERM)
        await wait_until(lambda: process.returncode == 0, "its end")


async def _state(process: Process) -> dict[str, str]:
    """The next state that it tells."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        told: dict[str, str] = json.loads(line)
        if told["event"] == "state":
            return told
    raise AssertionError("it ended")
