"""What every environment promises: the same tests over each of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from ashao_worker.core.environment import Environment, NetworkError, Response
from ashao_worker.homes.cpython import CPythonEnvironment
from tests.support.wait import wait_until
from tests.worker.virtual_time import VirtualEnvironment
from tests.worker_native.local_server import Reply, Request, json_reply, serving


class Server:
    """Echoes what it got; some paths misbehave."""

    def __init__(self) -> None:
        self.waiting = 0

    async def answer(
        self, method: str, path: str, body: Mapping[str, object], bearer: str | None
    ) -> Response:
        if path == "/busy":
            return Response(429, {"error": "Later."}, 7)
        if path == "/page":
            return Response(200, None)
        if path == "/never":
            self.waiting += 1
            try:
                await asyncio.Event().wait()
            finally:
                self.waiting -= 1
        return Response(200, {"method": method, "body": dict(body), "bearer": bearer})

    async def over_http(self, request: Request) -> Reply:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ") or None
        answer = await self.answer(request.method, request.path, request.body, bearer)
        if answer.json is None:
            return Reply(200, b"<html>A page.</html>", {"Content-Type": "text/html"})
        more = {"retry_after": "7"} if answer.retry_after_s else {}
        return json_reply(answer.json, answer.status, **more)


@asynccontextmanager
async def cpython() -> AsyncIterator[tuple[Environment, Server]]:
    server = Server()
    async with serving(server.over_http) as url, CPythonEnvironment(url) as environment:
        yield environment, server


@asynccontextmanager
async def virtual() -> AsyncIterator[tuple[Environment, Server]]:
    """Its time runs by itself here, as fast as it can."""
    server, environment = Server(), VirtualEnvironment()
    environment.answer = server.answer

    async def run_time() -> None:
        while True:
            await environment.advance(10)
            await asyncio.sleep(0.001)

    time = asyncio.ensure_future(run_time())
    try:
        yield environment, server
    finally:
        time.cancel()
        await asyncio.gather(time, return_exceptions=True)


type Making = Callable[[], AbstractAsyncContextManager[tuple[Environment, Server]]]
making_each = pytest.mark.parametrize("making", [cpython, virtual])


def post(environment: Environment, path: str, bearer: str | None = None) -> Awaitable[Response]:
    return environment.request("POST", path, {"é": [1, None]}, bearer=bearer, timeout_s=5)


@making_each
async def test_json_goes_out_and_comes_back(making: Making) -> None:
    async with making() as (environment, _):
        answer = await post(environment, "/echo", "secret")
        assert answer == Response(
            200, {"method": "POST", "body": {"é": [1, None]}, "bearer": "secret"}
        )


@making_each
async def test_without_a_bearer_none_is_sent(making: Making) -> None:
    async with making() as (environment, _):
        answer = (await post(environment, "/echo")).json
        assert isinstance(answer, dict)
        assert answer["bearer"] is None


@making_each
async def test_an_error_status_is_an_answer_and_says_when_to_come_back(making: Making) -> None:
    async with making() as (environment, _):
        assert await post(environment, "/busy") == Response(429, {"error": "Later."}, 7)


@making_each
async def test_what_is_not_json_is_none(making: Making) -> None:
    async with making() as (environment, _):
        assert await post(environment, "/page") == Response(200, None)


@making_each
async def test_a_cancelled_request_is_aborted_on_the_other_side(making: Making) -> None:
    async with making() as (environment, server):
        request = asyncio.ensure_future(post(environment, "/never"))
        await wait_until(lambda: server.waiting == 1, "the request arrives")
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        await wait_until(lambda: server.waiting == 0, "the request is aborted", 2)


@making_each
async def test_time_goes_on_by_what_was_slept(making: Making) -> None:
    async with making() as (environment, _):
        began = environment.now_ms()
        await environment.sleep(0.02)
        assert environment.now_ms() - began >= 19


@making_each
async def test_jitter_is_a_number_from_0_up_to_1(making: Making) -> None:
    async with making() as (environment, _):
        assert all(0 <= environment.jitter() < 1 for _ in range(100))


async def test_no_answer_in_time_is_network_trouble() -> None:
    async with cpython() as (environment, server):
        with pytest.raises(NetworkError):
            await environment.request("POST", "/never", {}, bearer=None, timeout_s=0.05)
        await wait_until(lambda: server.waiting == 0, "the request is aborted", 2)


async def test_nobody_there_is_network_trouble() -> None:
    async with serving(Server().over_http) as url:
        address = url
    async with CPythonEnvironment(address) as environment:
        with pytest.raises(NetworkError):
            await post(environment, "/echo")
