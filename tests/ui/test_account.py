"""The account page: in by passkey, wallet or code; out again; and what is shown only once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.ui.scripted_account import CODES, ScriptedAccount
from tests.ui.scripted_orchestrator import ScriptedOrchestrator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
WALLET = """
window.ethereum = { request: async ({ method, params }) => ({
  eth_requestAccounts: ["0xabc"], eth_chainId: "0x1", personal_sign: `signed ${params?.[0]}`,
})[method] };
"""


@pytest.fixture
def account(orchestrator: ScriptedOrchestrator) -> ScriptedAccount:
    """The account behind the page."""
    return orchestrator.account


@pytest.fixture
def press(page: Page, orchestrator: ScriptedOrchestrator) -> Callable[[str], None]:
    """The open account page, as a way to press its buttons; its device can keep passkeys."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.add_init_script(WALLET)
    page.goto(f"http://localhost:{orchestrator.server_port}/account.html")
    return lambda name: page.get_by_role("button", name=name).click()


def test_a_passkey_makes_an_account_and_opens_it_again(
    page: Page, press: Callable[[str], None], account: ScriptedAccount
) -> None:
    press("Create an account")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(page.get_by_role("region", name="Recovery codes")).to_contain_text(CODES[0])
    expect(page.get_by_role("banner")).to_contain_text("482 credits")
    expect(page.get_by_role("region", name="Ways in")).to_contain_text("Wallet 0xabcd…6789")
    press("Sign out here")
    expect(page.get_by_role("heading", name="Your account")).to_be_hidden()
    expect(page.get_by_text(CODES[0])).to_be_hidden()
    press("Sign in with a passkey")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    path, login = account.asked[-1]
    assert path == "/api/account/passkey/login"
    assert login["challengeId"] == "c2"
    assert login["credential"]["id"] == account.passkeys[0]["id"]


def test_a_wallet_signs_the_very_message_of_the_challenge(
    page: Page, press: Callable[[str], None], account: ScriptedAccount
) -> None:
    press("Use a wallet")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert account.asked[0] == (
        "/api/account/wallet/challenge",
        {"address": "0xabc", "chainId": 1},
    )
    signed = f"signed 0x{b'sign in as 0xabc'.hex()}"
    assert account.asked[1][1] == {"challengeId": "c3", "signature": signed}


def test_a_recovery_code_opens_the_account(
    page: Page, press: Callable[[str], None], account: ScriptedAccount
) -> None:
    page.get_by_text("Lost your passkey?").click()
    page.get_by_role("textbox", name="Recovery code").fill(" first-code ")
    press("Recover")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert account.asked == [("/api/account/recover", {"code": "first-code"})]


def test_a_key_is_shown_once_and_can_be_revoked(
    page: Page, press: Callable[[str], None], account: ScriptedAccount
) -> None:
    account.is_signed_in = True
    page.reload()
    page.get_by_role("textbox", name="Name of the key").fill("my editor")
    page.get_by_role("combobox", name="What it may do").select_option("Earn, as a worker")
    press("Create key")
    expect(page.get_by_text("ashao_abcdef")).to_be_visible()
    assert account.keys[0]["scopes"] == ["donate"]
    page.reload()
    expect(page.get_by_text("my editor")).to_be_visible()
    expect(page.get_by_text("for a worker")).to_be_visible()
    expect(page.get_by_text("ashao_abcdef")).to_be_hidden()
    press("Revoke")
    expect(page.get_by_text("my editor")).to_be_hidden()
    assert account.keys == []


def test_everything_is_deleted_only_after_a_second_yes(
    page: Page, press: Callable[[str], None], account: ScriptedAccount
) -> None:
    account.is_signed_in = True
    page.reload()
    press("Delete everything")
    press("Keep it")
    assert not account.is_deleted
    press("Delete everything")
    press("Yes, delete")
    expect(page.get_by_role("alert")).to_contain_text("deleted")
    assert account.is_deleted


def test_where_passkeys_cannot_work_the_page_says_where_they_do(
    page: Page, orchestrator: ScriptedOrchestrator
) -> None:
    page.goto(f"{orchestrator.url}/account.html")
    expect(page.get_by_role("alert")).to_contain_text("localhost")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_disabled()
