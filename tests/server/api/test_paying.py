"""Credits over HTTP: what a message costs, who earns it, and when it is given back."""

from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.store.embedded import EmbeddedStore
from ashao.store.redis import connect
from tests.support.chat_client import ChatClient
from tests.support.claimed import claim_of_job, claimed_by
from tests.support.member import Member
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until


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


async def _until_settled(server: Orchestrator, job_id: str) -> None:
    """Wait until the job is paid for."""
    redis = connect(EmbeddedStore(server.data_dir).url)

    async def is_settled() -> bool:
        return bool(await redis.hexists(keys.job(JobId(job_id)), "settledAt"))

    try:
        await wait_until(is_settled, f"{job_id} to be settled")
    finally:
        await redis.aclose()
