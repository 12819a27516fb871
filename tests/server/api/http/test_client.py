"""Who is counted by address cannot choose it; a proxy is believed only if the operator names it."""

from pathlib import Path

import httpx

from tests.support.orchestrator import Orchestrator, orchestrator

LIMIT = 3
TRIES = 2 * LIMIT + 1  # two minutes may share them
LIMITS = {"ASHAO_SENDS_PER_MINUTE": str(LIMIT), "ASHAO_SIGN_INS_PER_MINUTE": str(LIMIT)}


async def test_a_forged_address_does_not_help(tmp_path: Path) -> None:
    """Neither to send, nor to try recovery codes in numbers."""
    with orchestrator(tmp_path, **LIMITS) as server:
        forged = [f"192.0.2.{number}" for number in range(TRIES)]
        assert 429 in await _statuses(server, "/api/chat/send", {"content": "a"}, forged)
        assert 429 in await _statuses(server, "/api/account/recover", {"code": "A" * 24}, forged)


async def test_a_named_proxy_tells_whom_it_speaks_for(tmp_path: Path) -> None:
    """By the last address of its list: those before it are the caller's own words."""
    with orchestrator(tmp_path, ASHAO_TRUSTED_PROXIES="127.0.0.1", **LIMITS) as server:
        others = [f"192.0.2.{number}" for number in range(TRIES)]
        statuses = await _statuses(server, "/api/chat/send", {"content": "a"}, others)
        assert statuses == [201] * TRIES
        one = [f"198.51.100.{number}, 203.0.113.9" for number in range(TRIES)]
        assert 429 in await _statuses(server, "/api/chat/send", {"content": "a"}, one)


async def _statuses(
    server: Orchestrator, path: str, body: dict[str, str], addresses: list[str]
) -> list[int]:
    """What somebody without a cookie is answered who says to come from these addresses."""
    statuses = []
    for address in addresses:
        async with httpx.AsyncClient(base_url=server.url) as http:
            headers = {"X-Forwarded-For": address}
            statuses.append((await http.post(path, json=body, headers=headers)).status_code)
    return statuses
