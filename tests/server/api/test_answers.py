"""What every answer has in common: its headers, its errors, and no word too many."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.orchestrator import Orchestrator

CANARY = "quetzalcoatlus"
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
OF_THE_API = [
    ("GET", "/api/network", 200),
    ("GET", "/api/models", 200),
    ("GET", "/metrics", 200),
    ("GET", "/health/live", 200),
    ("GET", "/health/ready", 200),
    ("GET", "/schema/openapi.json", 200),
    ("GET", "/api/credits/ledger", 401),
    ("POST", "/api/chat/send", 400),
    ("GET", "/api/chat/stream?jobId=" + "0" * 32, 404),
    ("GET", "/nothing", 404),
    ("PUT", "/api/chat/send", 405),
    ("OPTIONS", "/api/chat/send", 204),
]
PUBLIC = ("/api/models", "/schema/openapi.json")
OF_NOBODY = [
    f"/{CANARY}",
    f"/api/{CANARY}",
    f"/api/conversations/{CANARY}/{CANARY}",
    f"/%00{CANARY}",
    f"/%ff{CANARY}",
    f"/..%2f..%2fetc%2f{CANARY}",
    f"/app/{CANARY}",
]


@pytest.fixture
async def http(server: Orchestrator) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a session."""
    async with httpx.AsyncClient(base_url=server.url) as client:
        yield client


@pytest.mark.parametrize(("method", "path", "status"), OF_THE_API)
async def test_every_answer_of_the_api_has_the_security_headers(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    """Also errors and empty ones: an answer opened as a page can do nothing."""
    reply = await http.request(method, path)
    assert reply.status_code == status
    assert EVERYWHERE.items() <= dict(reply.headers).items()
    assert reply.headers["content-security-policy"] == API_POLICY
    kept = "no-cache" if path in PUBLIC else "no-store"
    assert reply.headers["cache-control"] == kept


@pytest.mark.parametrize("path", OF_NOBODY)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_is_not_there_is_not_found_in_a_sentence(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    """JSON everywhere, the path not repeated."""
    reply = await http.request(method, path)
    assert (reply.status_code, reply.json()) == (404, {"error": "There is nothing here."})


async def test_the_documents_folder_has_no_page_of_its_own(http: httpx.AsyncClient) -> None:
    """The library that makes the document would answer in HTML there."""
    reply = await http.get(f"/schema/{CANARY}")
    assert (reply.status_code, reply.json()) == (404, {"error": "There is nothing here."})


async def test_a_method_that_a_path_does_not_take_is_named_in_the_headers(
    http: httpx.AsyncClient,
) -> None:
    """405 with `Allow`, as HTTP wants it."""
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        reply = await http.request(method, "/api/chat/send")
        assert (reply.status_code, set(reply.json())) == (405, {"error"})
        assert "POST" in reply.headers["allow"]


async def test_a_head_request_never_has_a_body(http: httpx.AsyncClient) -> None:
    """Whether the path answers it or not."""
    for path in ("/api/network", "/nothing", "/metrics"):
        assert (await http.head(path)).content == b""


async def test_other_sites_are_never_invited(http: httpx.AsyncClient) -> None:
    """No CORS header on any answer, also not to a preflight."""
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for method, path, _ in OF_THE_API:
        reply = await http.request(method, path, headers=headers)
        assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_no_answer_names_its_software(http: httpx.AsyncClient) -> None:
    """Neither in a header nor in an error."""
    for method, path, _ in OF_THE_API:
        reply = await http.request(method, path)
        assert not {"server", "x-powered-by"} & set(reply.headers)


async def test_a_session_that_nobody_has_is_no_session(http: httpx.AsyncClient) -> None:
    """Any cookie at all: 401, not repeated."""
    for cookie in (CANARY, "", "a" * 3000, "\xff\xfe"):
        headers = {b"cookie": f"ashao_session={cookie}".encode("latin-1")}
        reply = await http.get("/api/credits/ledger", headers=headers)
        assert reply.status_code == 401
        assert CANARY not in reply.text
