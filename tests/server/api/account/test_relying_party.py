"""Nobody chooses the name that a passkey is bound to, or that a wallet signs for."""

import pytest

from tests.support.chat_client import ChatClient

ADDRESS = "0x" + "ab" * 20
ELSEWHERE = [
    "evil.example",
    "evil.example@localhost",
    "evil.example:pass@localhost:80",
    "localhost@evil.example",
    "localhost:abc",
    "localhost:99999",
    "localhost/evil.example",
    "localhost?evil.example",
    "[::1",
    "",
]
NOBODYS_OWN = ["192.0.2.1", "192.0.2.1:8000", "[2001:db8::1]", "10.0.0.1", "chat.localhost"]


@pytest.mark.parametrize("host", ELSEWHERE)
async def test_a_name_that_anybody_could_choose_gets_no_passkey_and_no_message(
    person: ChatClient, host: str
) -> None:
    wallet = {"address": ADDRESS, "chainId": 1}
    for way, body in (("passkey/register/options", {}), ("wallet/challenge", wallet)):
        path = f"/api/account/{way}"
        refused = await person.http.post(path, json=body, headers={"Host": host})
        assert (refused.status_code, set(refused.json())) == (421, {"error"}), refused.text
        assert "evil" not in refused.text


@pytest.mark.parametrize("host", NOBODYS_OWN)
async def test_a_name_that_is_another_machine_tomorrow_gets_neither(
    person: ChatClient, host: str
) -> None:
    wallet = {"address": ADDRESS, "chainId": 1}
    for way, body in (("passkey/register/options", {}), ("wallet/challenge", wallet)):
        path = f"/api/account/{way}"
        refused = await person.http.post(path, json=body, headers={"Host": host})
        assert (refused.status_code, set(refused.json())) == (400, {"error"}), refused.text


async def test_operators_are_told_what_signing_in_needs(person: ChatClient) -> None:
    headers = {"Host": "192.0.2.1"}
    refused = await person.http.post("/api/account/passkey/login/options", headers=headers)
    assert "ASHAO_PUBLIC_URL" in refused.json()["error"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:80", "[::1]:8000"])
async def test_this_machines_own_names_are_shown_to_wallets(person: ChatClient, host: str) -> None:
    wallet = {"address": ADDRESS, "chainId": 1}
    reply = await person.http.post(
        "/api/account/wallet/challenge", json=wallet, headers={"Host": host}
    )
    assert reply.status_code == 200, reply.text
    assert f"\nURI: http://{host.lower()}\n" in reply.json()["message"]
