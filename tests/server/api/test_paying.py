"""Credits over HTTP: what a message costs, who earns it, and when it is given back."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.store.earners import Earners
from ashao.store.embedded import EmbeddedStore
from ashao.store.redis import connect
from tests.support.chat_client import ChatClient
from tests.support.claimed import claim_of_job, claimed_by
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

SETTINGS = {
    "ASHAO_WORKER_GRACE_MS": "600000",
    "ASHAO_LEASE_MS": "60000",
    "ASHAO_SIGN_INS_PER_MINUTE": "100000",
    "ASHAO_CREDITS_SIGN_UP": "25",
}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server where newcomers get enough for two messages."""
    with orchestrator(tmp_path_factory.mktemp("market"), **SETTINGS) as running:
        yield running
    assert '"defect"' not in running.log_text()


@pytest.fixture
async def ann(market: Orchestrator) -> AsyncIterator[Member]:
    """Somebody who asks."""
    async with Member(market.url) as person:
        await person.sign_in()
        yield person


@pytest.fixture
async def ben(market: Orchestrator) -> AsyncIterator[Member]:
    """Somebody who donates."""
    async with Member(market.url) as person:
        await person.sign_in()
        yield person


async def test_a_message_costs_its_price_and_its_donor_earns_the_workers_share(
    market: Orchestrator, ann: Member, ben: Member
) -> None:
    donor = await ben.donor(market.url)
    claim = await claimed_by(donor, ann)
    assert await ann.credits() == 15
    assert set(claim) == {"job", "messages", "attempt", "nextSeq", "params"}
    await donor.say(claim, 0, "Hi.")
    await donor.complete(claim)
    await ben.until_credits(32)
    assert await ben.lines() == [("settle", 7), ("sign_up", 25)]
    assert await ann.lines() == [("charge", -10), ("sign_up", 25)]
    csv = (await ann.http.get("/api/credits/ledger.csv")).text.splitlines()
    assert csv[0] == "at,kind,job,credits"
    assert csv[1].endswith(f"charge,{claim['job']['id']},-10")
    await donor.http.aclose()


async def test_a_native_worker_earns_for_the_account_whose_key_it_shows(
    market: Orchestrator, ann: Member, ben: Member
) -> None:
    """Such a key lets a machine earn, and nothing else: it cannot spend."""
    asked = {"name": "workshop", "scopes": ["donate"]}
    secret = (await ben.http.post("/api/keys", json=asked)).json()["secret"]
    bearer = {"Authorization": f"Bearer {secret}"}
    worker = ScriptedWorker(market.url, kind="native", tiers=["pro"])
    worker.http.headers.update(bearer)
    await worker.register()
    claim = await claimed_by(worker, ann)
    await worker.say(claim, 0, "Hi.")
    await worker.complete(claim)
    await ben.until_credits(32)
    body = {"model": "auto", "messages": [{"role": "user", "content": "Hello?"}]}
    refused = await worker.http.post("/v1/chat/completions", json=body)
    assert refused.status_code == 403
    await worker.http.aclose()


async def test_a_key_that_is_unknown_or_for_programs_registers_nobody(
    market: Orchestrator, ben: Member
) -> None:
    made = (await ben.http.post("/api/keys", json={"name": "editor"})).json()
    body = {"type": "native", "model": "m"}
    for secret, status in ((made["secret"], 403), (f"ashao-{'0' * 32}.x", 401)):
        refused = await ben.http.post(
            "/api/worker/register", json=body, headers={"Authorization": f"Bearer {secret}"}
        )
        assert refused.status_code == status


async def test_who_has_too_few_credits_is_told_so_and_nothing_is_queued(ann: Member) -> None:
    await ann.send(tier="max")
    refused = await ann.http.post("/api/chat/send", json={"content": "Hello?", "tier": "max"})
    assert refused.status_code == 402
    listed = (await ann.http.get("/api/conversations")).json()["conversations"]
    assert len(listed) == 1
    assert await ann.credits() == 10


async def test_cancelled_before_the_first_token_the_price_is_given_back(ann: Member) -> None:
    job_id = await ann.send()
    assert await ann.credits() == 15
    assert (await ann.http.post("/api/chat/cancel", json={"jobId": job_id})).status_code == 200
    await ann.until_credits(25)
    assert (await ann.lines())[0] == ("refund", 10)


async def test_a_message_into_anothers_conversation_costs_nothing(ann: Member, ben: Member) -> None:
    sent = await ben.http.post("/api/chat/send", json={"content": "Mine."})
    body = {"content": "Mine?", "conversationId": sent.json()["conversationId"]}
    assert (await ann.http.post("/api/chat/send", json=body)).status_code == 404
    assert await ann.credits() == 25


async def test_the_same_message_sent_twice_is_paid_once(ann: Member) -> None:
    headers = {"Idempotency-Key": "one"}
    for _ in range(2):
        reply = await ann.http.post("/api/chat/send", json={"content": "Hello?"}, headers=headers)
        assert reply.status_code == 201
    assert await ann.credits() == 15


async def test_nobody_earns_from_an_own_question(market: Orchestrator, ann: Member) -> None:
    donor = await ann.donor(market.url)
    claim = await claimed_by(donor, ann)
    await donor.say(claim, 0, "Hi.")
    await donor.complete(claim)
    await _until_settled(market, claim["job"]["id"])
    assert await ann.credits() == 15
    await donor.http.aclose()


async def test_nobody_earns_from_a_question_that_went_along_into_the_account(
    market: Orchestrator,
) -> None:
    """It was asked without an account and the pool pays: it is one's own all the same."""
    async with Member(market.url) as cleo:
        job_id = await cleo.send()
        await cleo.sign_in(moveHistory=True)
        donor = await cleo.donor(market.url)
        claim = await claim_of_job(donor, job_id)
        await donor.say(claim, 0, "Hi.")
        await donor.complete(claim)
        await _until_settled(market, job_id)
        assert await cleo.lines() == [("sign_up", 25)]
        await donor.http.aclose()


async def test_a_visitor_pays_nothing_and_the_pool_pays_the_donor(
    market: Orchestrator, ben: Member
) -> None:
    donor = await ben.donor(market.url)
    async with ChatClient(market.url) as visitor:
        claim = await claimed_by(donor, visitor)
        await donor.say(claim, 0, "Hi.")
        await donor.complete(claim)
        await ben.until_credits(32)
        assert (await visitor.http.get("/api/credits")).json() == {"credits": 0}
    await donor.http.aclose()


@pytest.mark.timeout(120)
async def test_operators_count_grant_ban_and_see_the_queue_and_no_text(
    market: Orchestrator, ann: Member
) -> None:
    account_id = ((await ann.account()) or {})["id"]
    await ann.send("A very private question?")
    assert "accounts with" in _admin(market, "accounts")
    assert _admin(market, "grant", account_id, "85") == "100 credits\n"
    assert await ann.credits() == 100
    assert "pro: " in _admin(market, "queue")
    _admin(market, "ban", f"account:{account_id}")
    assert await ann.account() is None
    with pytest.raises(AssertionError, match="banned"):
        await ann.sign_in()
    assert "private" not in json.dumps([_admin(market, "accounts"), _admin(market, "queue")])


@pytest.mark.timeout(120)
async def test_operators_see_whom_they_banned_and_lift_it(
    market: Orchestrator, ann: Member
) -> None:
    subject = f"account:{((await ann.account()) or {})['id']}"
    _admin(market, "ban", subject, "--reason", "floods")
    assert f"{subject}  floods\n" in _admin(market, "bans")
    _admin(market, "lift", subject)
    assert subject not in _admin(market, "bans")
    await ann.sign_in()


async def test_a_banned_accounts_workers_neither_claim_nor_earn(
    market: Orchestrator, ann: Member, ben: Member
) -> None:
    donor = await ben.donor(market.url)
    account_id = ((await ben.account()) or {})["id"]
    claim = await claimed_by(donor, ann)
    await donor.say(claim, 0, "Hi.")
    await donor.complete(claim)
    _admin(market, "ban", f"account:{account_id}")

    async def is_shut_out() -> bool:
        return (await donor.post("heartbeat", workerId=donor.id)).status_code == 401

    await wait_until(is_shut_out, "the worker to be told to go")  # its token was just checked
    redis = connect(EmbeddedStore(market.data_dir).url)
    assert await Earners(redis).of(donor.id) is None
    await redis.aclose()
    await donor.http.aclose()


async def test_a_worker_that_is_banned_has_to_come_anew(market: Orchestrator) -> None:
    async with ScriptedWorker(market.url) as worker:
        _admin(market, "ban", f"worker:{worker.id}")
        assert (await worker.post("heartbeat", workerId=worker.id)).status_code == 401


async def _until_settled(server: Orchestrator, job_id: str) -> None:
    """Wait until the job is paid for."""
    redis = connect(EmbeddedStore(server.data_dir).url)

    async def is_settled() -> bool:
        return bool(await redis.hexists(keys.job(JobId(job_id)), "settledAt"))

    try:
        await wait_until(is_settled, f"{job_id} to be settled")
    finally:
        await redis.aclose()


def _admin(server: Orchestrator, *arguments: str) -> str:
    """What the command says to an operator beside the running server."""
    return subprocess.run(
        [sys.executable, "-m", "ashao", "admin", *arguments],
        env=os.environ | {"ASHAO_DATA_DIR": str(server.data_dir)},
        check=True,
        capture_output=True,
        text=True,
        timeout=25,
    ).stdout
