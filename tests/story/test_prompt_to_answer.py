"""A prompt crosses the house and comes back as an answer."""

import asyncio

from tests.story.conftest import PATIENT
from tests.support.chat_client import ChatClient, seq_of
from tests.support.passing_time import GRACE_MS, pass_time
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

TIMES = PATIENT


async def _jobs_done(person: ChatClient) -> int:
    done: int = (await person.http.get("/api/network")).json()["jobsDone"]
    return done


async def test_a_worker_answers_and_the_tokens_stream(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """What the worker says, in order, is what the person reads, and then it is done."""
    claiming = asyncio.create_task(worker.claim())
    job_id = await person.send("What is a worker?")
    claimed = await claiming
    assert claimed["job"] == {"id": job_id, "tier": "pro", "model": "auto"}
    assert claimed["messages"] == [{"role": "user", "content": "What is a worker?"}]
    assert (claimed["attempt"], claimed["nextSeq"], claimed["params"]) == (1, 0, {})
    for seq, value in enumerate(["It ", "answers", "."]):
        assert (await worker.say(claimed, seq, value)).json() == {"result": "ok"}
    assert (await worker.complete(claimed)).json() == {"result": "ok"}
    answer = await person.answer(job_id)
    assert answer.text == "It answers."
    assert answer.ids == [0, 1, 2, 3]
    assert answer.last == {"type": "done", "tokens": 3}


async def test_a_waiting_stream_is_told_its_place_and_then_each_token_at_once(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """The stream is open before any token exists; a token arrives before the next is sent."""
    job_id = await person.send()
    events = person.events(job_id)
    assert (await anext(events)).json() == {"type": "queued", "position": 0}
    claimed = await worker.claim()
    for seq, value in enumerate("abc"):
        await worker.say(claimed, seq, value)
        event = await anext(events)
        assert (seq_of(event), event.json()) == (seq, {"type": "token", "value": value})
    await worker.complete(claimed)
    assert (await anext(events)).json() == {"type": "done", "tokens": 3}
    assert [event async for event in events] == []


async def test_without_a_worker_a_provider_answers_after_the_grace_window(
    person: ChatClient, store_at: str
) -> None:
    """Nobody donates: the simulated provider answers on the same channel."""
    job_id = await person.send("Is anybody there?")
    await pass_time(store_at, job_id, GRACE_MS + 1)
    answer = await person.answer(job_id)
    assert answer.text.startswith("This is a simulation")
    assert answer.last["type"] == "done"


async def test_the_provider_writes_although_nobody_listens(
    person: ChatClient, store_at: str
) -> None:
    """The fallback does not depend on an open stream; the answer waits for its reader."""
    job_id = await person.send()
    done_before = await _jobs_done(person)
    await pass_time(store_at, job_id, GRACE_MS + 1)

    async def is_done() -> bool:
        return await _jobs_done(person) > done_before

    await wait_until(is_done, "one more job done")
    assert (await person.answer(job_id)).last["type"] == "done"


async def test_a_cancelled_answer_ends_at_once_and_its_worker_is_told(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """What was said stays said; the worker's next token and heartbeat name the end."""
    job_id = await person.send()
    claimed = await worker.claim()
    await worker.say(claimed, 0, "Once upon")
    reply = await person.http.post("/api/chat/cancel", json={"jobId": job_id})
    assert reply.json() == {"cancelled": True}
    answer = await person.answer(job_id)
    assert (answer.text, answer.last) == (
        "Once upon",
        {"type": "error", "message": "cancelled"},
    )
    refused = await worker.say(claimed, 1, " a time")
    assert (refused.status_code, refused.json()["refusal"]) == (409, "ended")
    beat = await worker.post(
        "heartbeat", workerId=worker.id, jobs=[{"jobId": job_id, "attempt": claimed["attempt"]}]
    )
    assert beat.json()["cancel"] == [job_id]
    again = await person.http.post("/api/chat/cancel", json={"jobId": job_id})
    assert again.json() == {"cancelled": False}
