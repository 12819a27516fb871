"""A worker sleeps, is stuck, or never heard that it won: its job goes on without it."""

import asyncio

import httpx
import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator
from tests.support.passing_time import (
    FIRST_TOKEN_MS,
    LEASE_MS,
    pass_time,
    status_of,
    until_queued,
)
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT


async def test_a_machine_that_wakes_from_sleep_is_refused_and_claims_anew(
    person: ChatClient, worker: ScriptedWorker, store_at: str
) -> None:
    """Its lid was shut for longer than a lease: nothing that it still says gets through."""
    job_id = await person.send()
    claimed = await worker.claim()
    await worker.say(claimed, 0, "Before sleep")
    await pass_time(store_at, job_id, LEASE_MS + 1)
    await until_queued(store_at, job_id)
    for late in (
        await worker.say(claimed, 1, " late"),
        await worker.say(claimed, 0, "Before sleep"),
        await worker.complete(claimed),
        await worker.fail(claimed),
    ):
        assert (late.status_code, late.json()["refusal"]) == (409, "stale")
        assert late.json()["expected"] == 1
    assert await worker.beat(claimed) == [job_id]
    anew = await worker.claim()
    assert (anew["attempt"], anew["nextSeq"]) == (2, 1)
    assert anew["messages"][-1] == {"role": "assistant", "content": "Before sleep"}
    await worker.say(anew, 1, " and after.")
    await worker.complete(anew)
    answer = await person.answer(job_id)
    assert answer.text == "Before sleep and after."
    assert answer.last == {"type": "done", "tokens": 2}


@pytest.mark.parametrize("said", [0, 2])
async def test_a_stuck_worker_loses_the_job_although_its_heart_beats(
    person: ChatClient, worker: ScriptedWorker, store_at: str, said: int
) -> None:
    """No first token in its time, or none for a lease."""
    job_id = await person.send()
    claimed = await worker.claim()
    for seq in range(said):
        await worker.say(claimed, seq, "x")
    await pass_time(store_at, job_id, LEASE_MS if said else FIRST_TOKEN_MS, "progressUntil")
    await worker.beat(claimed)
    await until_queued(store_at, job_id)
    assert await worker.beat(claimed) == [job_id]
    assert (await worker.claim())["attempt"] == 2


async def test_a_claim_whose_reply_was_lost_lapses_although_its_worker_lives(
    person: ChatClient, worker: ScriptedWorker, store_at: str
) -> None:
    """The worker never learned of the job, so its heartbeats never name it."""
    job_id = await person.send()
    await worker.claim()  # and the reply is lost on the wire
    await pass_time(store_at, job_id, LEASE_MS - 2_000)
    await worker.post("heartbeat", workerId=worker.id, jobs=[])
    await pass_time(store_at, job_id, 2_001)
    await until_queued(store_at, job_id)
    assert (await worker.claim())["attempt"] == 2


async def test_a_worker_that_hangs_up_while_it_waits_gets_nothing_stamped(
    person: ChatClient, worker: ScriptedWorker, store_at: str
) -> None:
    """Its claim call is gone; the next job goes to somebody who is there."""
    hanging = asyncio.create_task(worker.claim())
    async with ScriptedWorker(str(worker.http.base_url)) as second:
        await asyncio.sleep(0)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        job_id = await person.send()
        claimed = await second.claim()
        assert (claimed["job"]["id"], claimed["attempt"]) == (job_id, 1)
        assert await status_of(store_at, job_id) == "running"


async def test_a_worker_that_hangs_up_is_not_a_defect(
    person: ChatClient, worker: ScriptedWorker, server: Orchestrator
) -> None:
    """Tabs close all the time: the log says nothing of it."""
    before = server.log_text()
    async with ScriptedWorker(server.url) as second:
        for _ in range(3):
            with pytest.raises(httpx.ReadTimeout):
                await worker.http.post(
                    "/api/worker/claim",
                    json={"workerId": worker.id, "tier": "pro", "waitMs": 10_000},
                    headers={"Authorization": f"Bearer {worker.token}"},
                    timeout=0.3,
                )
        await person.send()
        await second.complete(await second.claim())
    assert server.log_text() == before


async def test_nobody_speaks_for_a_claim_of_another(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """Somebody else's token, and one's own after the end, change nothing."""
    job_id = await person.send()
    claimed = await worker.claim()
    async with ScriptedWorker(str(worker.http.base_url)) as thief:
        for stolen in (
            await thief.say(claimed, 0, "mine"),
            await thief.complete(claimed),
            await thief.fail(claimed),
        ):
            assert (stolen.status_code, stolen.json()["refusal"]) == (409, "stale")
        as_another = await thief.post("claim", workerId=worker.id, tier="pro", waitMs=0)
        assert as_another.status_code == 403
        others = [{"jobId": job_id, "attempt": claimed["attempt"]}]
        let_go = await thief.post("release", workerId=thief.id, jobs=others)
        assert let_go.json() == {"released": 0}
    skipped = await worker.say(claimed, 1, "skipped")
    assert (skipped.status_code, skipped.json()["refusal"]) == (409, "gap")
    await worker.say(claimed, 0, "mine")
    other_value = await worker.say(claimed, 0, "other")
    assert (other_value.status_code, other_value.json()["refusal"]) == (409, "repeat")
    assert (await worker.complete(claimed)).json() == {"result": "ok"}
    assert (await worker.complete(claimed)).json() == {"result": "repeat"}
    assert (await person.answer(job_id)).text == "mine"
