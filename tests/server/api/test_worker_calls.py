"""What a worker may say and when: fences, repeats, and other workers' names."""

from typing import Any

import pytest

from ashao.jobs import keys
from ashao.store import keys as store_keys
from ashao.store.embedded import EmbeddedStore
from tests.support.chat_client import ChatClient
from tests.support.claimed import claimed_by
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.stores import plain_client

NOBODY = "0" * 32


async def _released(worker: ScriptedWorker, claim: dict[str, Any]) -> None:
    """A claim that goes back to the queue."""
    held = [{"jobId": claim["job"]["id"], "attempt": claim["attempt"]}]
    reply = await worker.post("release", workerId=worker.id, jobs=held)
    assert reply.json() == {"released": 1}


@pytest.mark.parametrize("token", ["", "x", f"{NOBODY}.x", "\N{SNOWMAN}", "a" * 5000])
async def test_without_a_workers_token_every_call_is_refused(
    worker: ScriptedWorker, token: str
) -> None:
    """401 means: register again."""
    bodies: dict[str, dict[str, Any]] = {
        "claim": {"workerId": worker.id, "tier": "pro"},
        "token": {"jobId": NOBODY, "attempt": 1, "seq": 0, "value": "a"},
        "complete": {"jobId": NOBODY, "attempt": 1},
        "fail": {"jobId": NOBODY, "attempt": 1, "error": "timeout"},
        "heartbeat": {"workerId": worker.id},
        "release": {"workerId": worker.id},
    }
    for verb, body in bodies.items():
        headers = {b"Authorization": f"Bearer {token}".strip().encode()}
        reply = await worker.http.post(f"/api/worker/{verb}", json=body, headers=headers)
        assert reply.status_code == 401, verb
        assert set(reply.json()) == {"error"}


async def test_a_secret_of_another_worker_does_not_fit(
    worker: ScriptedWorker, other_worker: ScriptedWorker
) -> None:
    """The name before the dot must be the secret's own."""
    secret = other_worker.token.partition(".")[2]
    worker.token = f"{worker.id}.{secret}"
    assert (await worker.post("heartbeat", workerId=worker.id)).status_code == 401


@pytest.mark.parametrize("verb", ["claim", "heartbeat", "complete"])
async def test_nobody_speaks_in_another_workers_name(
    worker: ScriptedWorker, other_worker: ScriptedWorker, verb: str
) -> None:
    """A body that names another worker than the token does is refused."""
    body = {"workerId": other_worker.id, "tier": "pro", "jobId": NOBODY, "attempt": 1}
    assert (await worker.post(verb, **body)).status_code == 403


async def test_nobody_releases_another_workers_claims(
    person: ChatClient, worker: ScriptedWorker, other_worker: ScriptedWorker
) -> None:
    """Neither by its id nor by the job's."""
    claim = await claimed_by(worker, person)
    held = [{"jobId": claim["job"]["id"], "attempt": claim["attempt"]}]
    named = await other_worker.post("release", workerId=worker.id)
    assert named.status_code == 401
    taken = await other_worker.post("release", workerId=other_worker.id, jobs=held)
    assert taken.json() == {"released": 0}
    assert (await worker.say(claim, 0, "still mine")).json() == {"result": "ok"}
    await worker.complete(claim)


async def test_a_worker_claims_only_from_its_tiers(worker: ScriptedWorker) -> None:
    """A browser registered for pro gets nothing of max."""
    reply = await worker.post("claim", workerId=worker.id, tier="max")
    assert reply.status_code == 403


@pytest.mark.parametrize("verb", ["token", "complete", "fail"])
async def test_a_worker_cannot_touch_a_job_that_another_holds(
    person: ChatClient, worker: ScriptedWorker, other_worker: ScriptedWorker, verb: str
) -> None:
    """Knowing the job and the attempt does not help; nothing changes."""
    claim = await claimed_by(worker, person)
    body = {"jobId": claim["job"]["id"], "attempt": claim["attempt"]}
    body |= {"seq": 0, "value": "forged", "error": "timeout"}
    refused = await other_worker.post(verb, **body)
    assert (refused.status_code, refused.json()["refusal"]) == (409, "stale")
    await worker.say(claim, 0, "true")
    await worker.complete(claim)
    assert (await person.answer(claim["job"]["id"])).text == "true"


@pytest.mark.parametrize("verb", ["token", "complete", "fail"])
async def test_a_job_that_nobody_knows_is_not_found(worker: ScriptedWorker, verb: str) -> None:
    """404, whatever is said about it."""
    body = {"jobId": NOBODY, "attempt": 1, "seq": 0, "value": "a", "error": "timeout"}
    assert (await worker.post(verb, **body)).status_code == 404


async def test_a_refused_token_says_what_is_expected_and_changes_nothing(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """Skipped, repeated with another value, repeated as it was, of another attempt."""
    claim = await claimed_by(worker, person)
    await worker.say(claim, 0, "a")
    await worker.say(claim, 1, "b")
    gap = await worker.say(claim, 3, "d")
    assert (gap.status_code, gap.json()["refusal"], gap.json()["expected"]) == (409, "gap", 2)
    other = await worker.say(claim, 1, "B")
    assert (other.status_code, other.json()["refusal"]) == (409, "repeat")
    assert other.json()["expected"] == 2
    assert (await worker.say(claim, 1, "b")).json() == {"result": "repeat"}
    stale = await worker.say({**claim, "attempt": claim["attempt"] + 1}, 2, "c")
    assert (stale.json()["refusal"], stale.json()["expected"]) == ("stale", 2)
    assert (await worker.say(claim, 2, "c")).json() == {"result": "ok"}
    await worker.complete(claim)
    answer = await person.answer(claim["job"]["id"])
    assert (answer.text, answer.last) == ("abc", {"type": "done", "tokens": 3})


async def test_a_seq_of_an_earlier_attempt_is_not_this_attempts_to_repeat(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """Even the very same value: it was never said under this claim."""
    claim = await claimed_by(worker, person)
    await worker.say(claim, 0, "a")
    await _released(worker, claim)
    again = await worker.claim()
    assert (again["job"], again["attempt"], again["nextSeq"]) == (claim["job"], 2, 1)
    below = await worker.say(again, 0, "a")
    assert (below.status_code, below.json()["refusal"]) == (409, "repeat")
    assert below.json()["expected"] == 1
    await worker.complete(again)


async def test_complete_is_once_and_its_repeat_is_no_news(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """A lost reply may be asked for again; the answer is counted once."""
    claim = await claimed_by(worker, person)
    await worker.say(claim, 0, "a")
    assert (await worker.complete(claim)).json() == {"result": "ok"}
    assert (await worker.complete(claim)).json() == {"result": "repeat"}
    late = await worker.say(claim, 1, "b")
    assert (late.status_code, late.json()["refusal"]) == (409, "ended")


async def test_complete_with_a_seq_that_is_not_next_is_refused(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """A worker whose last token was lost learns it before the answer ends."""
    claim = await claimed_by(worker, person)
    body = {"jobId": claim["job"]["id"], "attempt": 1}
    refused = await worker.post("complete", **body, seq=1)
    assert (refused.status_code, refused.json()["expected"]) == (409, 0)
    assert (await worker.post("complete", **body, seq=0)).json() == {"result": "ok"}


async def test_a_claim_that_a_heartbeat_ends_is_not_remembered(
    server: Orchestrator, person: ChatClient, worker: ScriptedWorker
) -> None:
    """A worker that claims for days must not take all that it ever held along."""
    claim = await claimed_by(worker, person)
    await person.http.post("/api/chat/cancel", json={"jobId": claim["job"]["id"]})
    with plain_client(EmbeddedStore(server.data_dir).url) as store:
        assert store.exists(store_keys.worker_claims(worker.id))
        assert await worker.beat(claim) == [claim["job"]["id"]]
        assert not store.exists(store_keys.worker_claims(worker.id))


async def test_a_workers_own_count_is_kept_beside_ours(
    server: Orchestrator, person: ChatClient, worker: ScriptedWorker
) -> None:
    """A cross-check and no more: what is told and paid is what was published."""
    claim = await claimed_by(worker, person)
    await worker.say(claim, 0, "a")
    job_id = claim["job"]["id"]
    await worker.post("complete", jobId=job_id, attempt=1, tokens=7)
    with plain_client(EmbeddedStore(server.data_dir).url) as store:
        assert store.hmget(keys.job(job_id), "tokens", "reportedTokens") == ["1", "7"]
    assert (await person.answer(job_id)).last == {"type": "done", "tokens": 1}


@pytest.mark.parametrize("verb", ["complete", "fail"])
async def test_after_a_cancel_nothing_can_be_ended_again(
    person: ChatClient, worker: ScriptedWorker, verb: str
) -> None:
    """The cancel stands."""
    claim = await claimed_by(worker, person)
    job_id = claim["job"]["id"]
    await person.http.post("/api/chat/cancel", json={"jobId": job_id})
    reply = await worker.post(verb, jobId=job_id, attempt=1, error="timeout")
    assert (reply.status_code, reply.json()["refusal"]) == (409, "ended")
    assert (await person.answer(job_id)).last == {"type": "error", "message": "cancelled"}


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "application/json", None])
async def test_a_beacon_of_any_kind_releases(
    person: ChatClient, worker: ScriptedWorker, kind: str | None
) -> None:
    """`sendBeacon` sends strings as text, blobs as they say, and no header of ours."""
    claim = await claimed_by(worker, person)
    body = f'{{"workerId":"{worker.id}","token":"{worker.token}"}}'
    headers = {} if kind is None else {"content-type": kind}
    reply = await worker.http.post("/api/worker/release", content=body.encode(), headers=headers)
    assert reply.json() == {"released": 1}
    again = await worker.claim()
    assert again["job"] == claim["job"]
    await worker.complete(again)
