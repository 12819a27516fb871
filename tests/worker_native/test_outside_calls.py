"""Calls that leave this machine take the environment's proxy; those to itself never do."""

import ssl
from pathlib import Path

import pytest
import trustme

from ashao_worker.core.environment import CertificateRefused
from ashao_worker.core.orchestrator import Orchestrator, ServerUnavailable
from ashao_worker.core.wire import Registration
from ashao_worker.engines.first_look import EngineWrong, check_engine
from ashao_worker.engines.openai_compatible import OpenAIEngine
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


async def test_a_private_authority_is_trusted_once_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before that the trouble is named: a machine that answers is not "does not answer"."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    named = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(named)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    async with serving(_server, tls) as url:
        with pytest.raises(CertificateRefused):
            await _who(url)
        async with CPythonEnvironment(url) as stranger:
            with pytest.raises(ServerUnavailable, match=r"certificate .* SSL_CERT_FILE"):
                await Orchestrator(stranger).register(Registration(type="native", model="m"))
        async with HttpLines(f"{url}/v1") as lines:
            with pytest.raises(EngineWrong, match=r"certificate .* SSL_CERT_FILE"):
                await check_engine(OpenAIEngine(lines, "m"), lines)
        monkeypatch.setenv("SSL_CERT_FILE", str(named))
        assert await _who(url) == SERVED


async def _who(url: str) -> object:
    async with CPythonEnvironment(url) as server:
        return (await server.request("GET", "/api", {}, bearer=None, timeout_s=5)).json
