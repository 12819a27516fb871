"""Calls that leave this machine take the environment's proxy; those to itself never do."""

import pytest

from ashao_worker.homes.cpython import CPythonEnvironment, HttpLines
from tests.worker_native.local_server import Reply, Request, json_reply, serving

SERVED = {"who": "the server"}
PROXIED = {"who": "the proxy"}


async def _proxy(request: Request) -> Reply:
    assert request.path.startswith("http://elsewhere.example/")
    return json_reply(PROXIED)


async def _server(_: Request) -> Reply:
    return json_reply(SERVED)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
async def test_the_proxy_is_asked_for_what_is_elsewhere_alone(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    async with serving(_proxy) as proxy, serving(_server) as url:
        for name in ("NO_PROXY", "no_proxy", "http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, proxy)
        for address, said in [("http://elsewhere.example", PROXIED), (url, SERVED)]:
            async with CPythonEnvironment(address) as server, HttpLines(f"{address}/v1") as engine:
                answer = await server.request("GET", "/api", {}, bearer=None, timeout_s=5)
                assert answer.json == said
                assert await engine.get("/models") == said
