"""The operator's paths give strangers no figures and cost the stores next to nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.connection import ASGIConnection

from ashao.api.http.operators import is_local
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.stores import plain_client

TOKEN = "quetzalcoatlus"
# What proxies add of themselves, spelled as they like.
ADDED = [
    "X-Forwarded-For",
    "x-forwarded-host",
    "X-FORWARDED-PROTO",
    "Forwarded",
    "Via",
    "X-Real-IP",
]
NO_TOKEN = ["", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer", f"Basic {TOKEN}"]
CALLS = 200

elsewhere = st.ip_addresses().filter(
    lambda each: not (getattr(each, "ipv4_mapped", None) or each).is_loopback
)
here = st.one_of(
    st.ip_addresses(v=4, network="127.0.0.0/8").map(str),
    st.ip_addresses(v=4, network="127.0.0.0/8").map("::ffff:{}".format),
    st.just("::1"),
)


@pytest.fixture
async def http(server: Orchestrator) -> AsyncIterator[httpx.AsyncClient]:
    """A client on this machine."""
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        yield client


def _from(peer: str | None) -> ASGIConnection[Any, Any, Any, Any]:
    scope: Any = {"type": "http", "client": peer and (peer, 1), "headers": []}
    return ASGIConnection(scope)


@given(peer=st.one_of(elsewhere.map(str), st.none(), st.text(max_size=5)))
def test_whoever_is_not_on_this_machine_is_not_local(peer: str | None) -> None:
    assert not is_local(_from(peer))


@given(peer=here)
def test_this_machine_is_local_however_it_is_spelled(peer: str) -> None:
    assert is_local(_from(peer))


@pytest.mark.parametrize("header", ADDED)
async def test_what_a_proxy_passes_on_gets_no_figures(http: httpx.AsyncClient, header: str) -> None:
    assert (await http.get("/metrics")).status_code == 200
    for value in ("192.0.2.1", "127.0.0.1", ""):
        reply = await http.get("/metrics", headers={header: value})
        assert (reply.status_code, reply.json()) == (404, {"error": "There is nothing here."})


async def test_with_a_token_nothing_else_opens_the_figures(tmp_path: Path) -> None:
    with orchestrator(tmp_path, ASHAO_METRICS_TOKEN=TOKEN) as server:
        async with httpx.AsyncClient(base_url=server.url) as http:
            for shown in NO_TOKEN:
                refused = await http.get("/metrics", headers={"Authorization": shown})
                assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
                assert TOKEN not in refused.text
            shown_by_a_proxy = {"Authorization": f"bearer {TOKEN}", "X-Forwarded-For": "192.0.2.1"}
            reply = await http.get("/metrics", headers=shown_by_a_proxy)
            assert "ashao_jobs_done" in reply.text
        assert TOKEN not in server.log_text()


async def test_however_many_ask_the_parts_are_checked_now_and_then(
    http: httpx.AsyncClient, store_at: str
) -> None:
    with plain_client(store_at) as store:
        store.config_resetstat()
        replies = await asyncio.gather(*(http.get("/health/ready") for _ in range(CALLS)))
        assert {reply.status_code for reply in replies} == {200}
        assert store.info("commandstats")["cmdstat_set"]["calls"] < CALLS / 4
