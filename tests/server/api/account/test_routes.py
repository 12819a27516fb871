"""Accounts over HTTP: ways in, sessions, history and keys."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.support.authenticator import Authenticator
from tests.support.claimed import claim_of, claimed_by
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker

SETTINGS = {
    "ASHAO_WORKER_GRACE_MS": "600000",
    "ASHAO_LEASE_MS": "60000",
    "ASHAO_SIGN_INS_PER_MINUTE": "100000",
}
CANARY = "quetzalcoatlus"
ALL = ("GET", "/api/account/sessions"), ("GET", "/api/keys"), ("GET", "/api/credits/ledger")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server whose people have accounts."""
    with orchestrator(tmp_path_factory.mktemp("town"), **SETTINGS) as running:
        yield running
    assert '"defect"' not in running.log_text()


@pytest.fixture
async def ann(town: Orchestrator) -> AsyncIterator[Member]:
    """Somebody with a wallet, who has not signed in yet."""
    async with Member(town.url) as person:
        yield person


async def test_a_visitor_has_no_account_no_credits_and_no_chats(ann: Member) -> None:
    """And is told so without an error."""
    assert await ann.account() is None
    assert await ann.credits() == 0
    assert (await ann.http.get("/api/conversations")).json() == {"conversations": []}
    for method, path in ALL:
        assert (await ann.http.request(method, path)).status_code == 401


async def test_a_new_wallet_makes_an_account_with_codes_and_credits(ann: Member) -> None:
    entered = await ann.sign_in()
    assert len(entered["recoveryCodes"]) == 10
    assert entered["account"]["wallets"][0]["address"] == ann.wallet.address
    assert await ann.account() == entered["account"]
    assert await ann.credits() == 500
    assert "recoveryCodes" not in await ann.sign_in()


async def test_a_passkey_makes_an_account_and_opens_it_again(town: Orchestrator) -> None:
    """The host that was asked for is what the passkey is bound to; here that is this machine."""
    url = f"http://localhost:{town.port}"
    device = Authenticator(url)
    async with Member(url) as one, Member(url) as other:
        begun = (await one.post("passkey/register/options")).json()
        made = await one.post(
            "passkey/register",
            challengeId=begun["challengeId"],
            credential=device.create(begun["options"]),
            name="Phone",
        )
        assert made.status_code == 200, made.text
        assert made.json()["account"]["passkeys"][0]["name"] == "Phone"
        begun = (await other.post("passkey/login/options")).json()
        answer = {
            "challengeId": begun["challengeId"],
            "credential": device.get(begun["options"]),
        }
        assert (await other.post("passkey/login", **answer)).status_code == 200
        assert await other.account() == await one.account()
        assert (await other.post("passkey/login", **answer)).status_code == 401


async def test_another_site_cannot_use_the_cookie(ann: Member) -> None:
    await ann.sign_in()
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    for method, path in (
        ("DELETE", "/api/account"),
        ("POST", "/api/account/logout"),
        ("POST", "/api/account/recovery-codes"),
        ("POST", "/api/keys"),
    ):
        reply = await ann.http.request(method, path, json={"name": "k"}, headers=elsewhere)
        assert reply.status_code == 403, path
    assert await ann.account() is not None


async def test_signing_in_changes_the_cookie_and_the_old_one_opens_nothing(ann: Member) -> None:
    """A session that somebody planted before is worth nothing afterwards."""
    await ann.send()
    planted = dict(ann.http.cookies)
    await ann.sign_in()
    assert dict(ann.http.cookies) != planted
    async with httpx.AsyncClient(base_url=ann.http.base_url, cookies=planted) as thief:
        assert (await thief.get("/api/account")).json() == {"account": None}
        assert (await thief.delete("/api/conversations")).status_code == 401


async def test_a_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(ann: Member) -> None:
    asked = await ann.post("wallet/challenge", address=ann.wallet.address, chainId=1)
    assert "set-cookie" not in asked.headers
    sent = await ann.http.post("/api/chat/send", json={"content": "Hello?"})
    cookie = sent.headers["set-cookie"].lower()
    assert all(each in cookie for each in ("httponly", "samesite=lax", "path=/"))


@pytest.mark.parametrize("brings", [True, False])
async def test_chats_go_along_into_the_account_if_the_person_wants(
    ann: Member, brings: bool
) -> None:
    await ann.send(f"About the {CANARY}?")
    await ann.sign_in(moveHistory=brings)
    listed = (await ann.http.get("/api/conversations")).json()["conversations"]
    assert [each["title"] for each in listed] == [f"About the {CANARY}?"] * brings


async def test_an_answer_that_runs_while_its_person_signs_in_goes_along(
    ann: Member, town: Orchestrator
) -> None:
    """It is still theirs to read and to cancel, and nobody else's."""
    async with ScriptedWorker(town.url) as worker, Member(town.url) as mallory:
        await mallory.sign_in()
        claim = await claimed_by(worker, ann, content=f"Where is the {CANARY}?")
        job_id = claim["job"]["id"]
        await worker.say(claim, 0, "Far ")
        await ann.sign_in(moveHistory=True)
        stolen = await mallory.http.post("/api/chat/cancel", json={"jobId": job_id})
        assert stolen.status_code == 404
        stopped = await ann.http.post("/api/chat/cancel", json={"jobId": job_id})
        assert stopped.json() == {"cancelled": True}
        assert (await ann.answer(job_id)).text == "Far "


async def test_everything_said_can_be_taken_along(ann: Member) -> None:
    await ann.sign_in()
    await ann.send(f"About the {CANARY}?")
    as_json = await ann.http.get("/api/conversations/export?format=json")
    assert as_json.json()["conversations"][0]["messages"][0]["content"] == f"About the {CANARY}?"
    as_markdown = await ann.http.get("/api/conversations/export?format=markdown")
    assert f"# About the {CANARY}?" in as_markdown.text
    assert "attachment" in as_markdown.headers["content-disposition"]


async def test_a_session_elsewhere_is_seen_and_ended(ann: Member, town: Orchestrator) -> None:
    await ann.sign_in()
    async with Member(town.url) as phone:
        phone.wallet = ann.wallet
        phone.http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
        await phone.sign_in()
        sessions = (await ann.http.get("/api/account/sessions")).json()["sessions"]
        assert [each["isCurrent"] for each in sessions] == [False, True]
        assert sessions[0]["device"] == "Firefox on Linux"
        ended = await ann.http.delete(f"/api/account/sessions/{sessions[0]['id']}")
        assert ended.status_code == 204
        assert await phone.account() is None
    assert await ann.account() is not None


async def test_signing_out_ends_the_session_and_takes_the_cookie(ann: Member) -> None:
    await ann.sign_in()
    kept = dict(ann.http.cookies)
    assert (await ann.post("logout")).status_code == 204
    assert not ann.http.cookies
    ann.http.cookies.update(kept)
    assert await ann.account() is None


async def test_a_recovery_code_opens_the_account_once(ann: Member, town: Orchestrator) -> None:
    codes = (await ann.sign_in())["recoveryCodes"]
    async with Member(town.url) as later:
        assert (await later.post("recover", code=codes[0].lower())).status_code == 200
        assert (await later.account() or {})["recoveryCodesLeft"] == 9
        assert (await later.post("recover", code=codes[0])).status_code == 401
        renewed = (await later.post("recovery-codes")).json()["codes"]
        assert (await later.post("recover", code=codes[1])).status_code == 401
        assert (await later.post("recover", code=renewed[0])).status_code == 200


async def test_the_last_way_into_an_account_stays(ann: Member, town: Orchestrator) -> None:
    """Recovery codes are a way in as well; another's wallet is not there at all."""
    await ann.sign_in()
    async with Member(town.url) as mallory:
        await mallory.sign_in()
        path = f"/api/account/wallets/{ann.wallet.address}"
        assert (await mallory.http.delete(path)).status_code == 404
    assert (await ann.http.delete(path)).status_code == 204
    assert (await ann.account() or {})["wallets"] == []


async def test_a_key_acts_and_pays_as_its_account_until_it_is_revoked(
    ann: Member, town: Orchestrator
) -> None:
    await ann.sign_in()
    made = (await ann.http.post("/api/keys", json={"name": "script"})).json()
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert made["secret"].startswith(made["key"]["prefix"])
    asked = "Whose key is this?"  # what others of these tests ask waits in the same queue
    body = {"model": "auto", "messages": [{"role": "user", "content": asked}]}
    async with (
        httpx.AsyncClient(base_url=town.url, headers=bearer, timeout=30) as program,
        ScriptedWorker(town.url) as worker,
    ):
        asking = asyncio.create_task(program.post("/v1/chat/completions", json=body))
        claim = await claim_of(worker, asked)
        await worker.say(claim, 0, "Hi.")
        await worker.complete(claim)
        answer = await asking
        assert answer.status_code == 200, answer.text
        await ann.until_credits(490)
        listed = (await ann.http.get("/api/keys")).json()["keys"]
        assert [(each["name"], each["lastUsedAt"] is None) for each in listed] == [
            ("script", False)
        ]
        await _only_its_maker_can_revoke(ann, town, made["key"]["id"])
        assert (await program.get("/v1/models")).status_code == 401


async def _only_its_maker_can_revoke(ann: Member, town: Orchestrator, key_id: str) -> None:
    async with Member(town.url) as mallory:
        await mallory.sign_in()
        assert (await mallory.http.delete(f"/api/keys/{key_id}")).status_code == 404
    assert (await ann.http.delete(f"/api/keys/{key_id}")).status_code == 204
