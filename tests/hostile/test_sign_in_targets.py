"""However many addresses try one wallet, passkey or code, it is tried so often a minute."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import cycle
from secrets import token_bytes, token_hex
from typing import Any

import httpx
import pytest
from webauthn.helpers import bytes_to_base64url

from tests.support.authenticator import Authenticator
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator, orchestrator

LIMIT = 5
type Body = dict[str, Any]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server behind a proxy, so that a test has many addresses."""
    settings = {"ASHAO_SIGN_INS_PER_MINUTE": str(LIMIT), "ASHAO_TRUSTED_PROXIES": "127.0.0.1"}
    with orchestrator(tmp_path_factory.mktemp("targets"), **settings) as running:
        yield running


def _wallet(address: str) -> list[Body]:
    """The same in several spellings."""
    digits = address.removeprefix("0x")
    return [{"address": f"0x{each}", "chainId": 1} for each in (digits.lower(), digits.upper())]


def _unknown_wallet() -> list[Body]:
    return _wallet(token_hex(20))


def _unknown_passkey() -> list[Body]:
    passkey = Authenticator("http://localhost")
    passkey.credential_id = token_bytes(32)
    credential = passkey.get({"rpId": "localhost", "challenge": bytes_to_base64url(b"guess")})
    padded = credential | {"rawId": credential["rawId"] + "="}
    renamed = credential | {"id": bytes_to_base64url(token_bytes(32))}
    return [{"challengeId": "0" * 32, "credential": each} for each in (credential, padded, renamed)]


def _unknown_code() -> list[Body]:
    code = token_hex(12)
    return [{"code": each} for each in (code, code.upper(), f"{code[:6]}-{code[6:]}", f" {code} ")]


KINDS: dict[str, Callable[[], list[Body]]] = {
    "wallet/challenge": _unknown_wallet,
    "passkey/login": _unknown_passkey,
    "recover": _unknown_code,
}


class Crowd:
    """Each of its calls comes from another address."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._called = 0

    async def call(self, path: str, body: Body) -> httpx.Response:
        """From an address that never called before."""
        self._called += 1
        headers = {"X-Forwarded-For": f"198.51.{self._called // 250}.{self._called % 250}"}
        return await self._http.post(f"/api/account/{path}", json=body, headers=headers)

    async def until_refused(self, path: str, spellings: list[Body]) -> list[httpx.Response]:
        """All answers up to the first 429; a minute may begin anew in between."""
        replies = []
        for body, _ in zip(cycle(spellings), range(3 * LIMIT), strict=False):
            replies.append(await self.call(path, body))
            if replies[-1].status_code == 429:
                return replies
        raise AssertionError(f"{3 * LIMIT} tries and no refusal")


@pytest.fixture
async def crowd(town: Orchestrator) -> AsyncIterator[Crowd]:
    """Many addresses."""
    async with httpx.AsyncClient(base_url=town.url, trust_env=False, timeout=30) as http:
        yield Crowd(http)


@pytest.mark.parametrize("path", KINDS)
async def test_a_target_is_tried_so_often_from_all_addresses_together(
    crowd: Crowd, path: str
) -> None:
    """In any spelling; another target at the same time as ever."""
    *tried, refused = await crowd.until_refused(path, KINDS[path]())
    assert len(tried) >= LIMIT
    assert len({each.status_code for each in tried}) == 1
    assert int(refused.headers["retry-after"]) in range(1, 61)
    assert f"At most {LIMIT} a minute" in refused.json()["error"]
    assert (await crowd.call(path, KINDS[path]()[0])).status_code != 429


async def test_a_known_target_is_refused_as_an_unknown_one(
    town: Orchestrator, crowd: Crowd
) -> None:
    """In the same words, after as many tries."""
    async with Member(town.url) as member:
        await member.sign_in()
        known = await crowd.until_refused("wallet/challenge", _wallet(member.wallet.address))
        unknown = await crowd.until_refused("wallet/challenge", _unknown_wallet())
        for one, other in zip(known, unknown, strict=False):
            if one.status_code == other.status_code:
                assert one.json().keys() == other.json().keys()
        assert (known[0].status_code, known[-1].status_code) == (200, 429)
        assert (unknown[0].status_code, unknown[-1].status_code) == (200, 429)
        assert known[-1].json() == unknown[-1].json()
