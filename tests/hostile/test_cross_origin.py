"""Other sites' pages may ask with a key, and never with a visitor's cookie."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.orchestrator import Orchestrator, orchestrator

FAR = "https://elsewhere.example"
OF_KEYS = [
    ("GET", "/v1/models", 401),
    ("POST", "/v1/chat/completions", 401),
    ("POST", "/v1/completions", 401),
    ("POST", "/v1/responses", 401),
    ("POST", "/v1/messages", 401),
    ("GET", "/v1/nothing", 404),
    ("PUT", "/v1/models", 405),
]
OF_COOKIES = [
    "/api/chat/send",
    "/api/account",
    "/api/worker/claim",
    "/",
    "/health/live",
    "/v1",
    "/v12/models",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """Any server."""
    with orchestrator(tmp_path_factory.mktemp("far")) as running:
        yield running


@pytest.mark.parametrize(("method", "path", "status"), OF_KEYS)
def test_a_page_elsewhere_reads_what_a_key_is_answered(
    server: Orchestrator, method: str, path: str, status: int
) -> None:
    """Also refusals, or nobody would learn what is wrong."""
    headers = {"Origin": FAR, "Authorization": "Bearer ak_wrong"}
    reply = httpx.request(method, f"{server.url}{path}", headers=headers)
    assert reply.status_code == status
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "retry-after" in reply.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("wanted", ["POST", "GET"])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/models", "/v1/models/a/b"])
def test_a_preflight_is_answered_without_a_key(
    server: Orchestrator, path: str, wanted: str
) -> None:
    headers = {"Origin": FAR, "Access-Control-Request-Method": wanted}
    headers["Access-Control-Request-Headers"] = "authorization,content-type,x-stainless-os"
    reply = httpx.options(f"{server.url}{path}", headers=headers)
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert wanted in reply.headers["access-control-allow-methods"]
    assert {"Authorization", "*"} == {*reply.headers["access-control-allow-headers"].split(", ")}
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("path", OF_COOKIES)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_where_cookies_count_nobody_is_invited(
    server: Orchestrator, path: str, method: str
) -> None:
    headers = {"Origin": FAR, "Access-Control-Request-Method": "POST"}
    reply = httpx.request(method, f"{server.url}{path}", headers=headers)
    assert not [name for name in reply.headers if name.startswith("access-control")]
