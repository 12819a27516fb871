"""The machine that was writing goes away, and the reader sees one unbroken answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ashao.messages import Message
from ashao.providers.simulated import simulated_text
from tests.story.conftest import PATIENT
from tests.support.chat_client import Answer, ChatClient
from tests.support.orchestrator import Orchestrator
from tests.support.passing_time import (
    FIRST_TOKEN_MS,
    GRACE_MS,
    LEASE_MS,
    pass_time,
    until_queued,
)
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT
WORDS = ["The ", "answer ", "survives", " the ", "machine", "."]
TEXT = "".join(WORDS)
QUESTION = "Tell me"


@pytest.fixture
async def person(pair: tuple[Orchestrator, Orchestrator]) -> AsyncIterator[ChatClient]:
    """A reader at one orchestrator."""
    async with ChatClient(pair[0].url) as client:
        yield client


@pytest.fixture
async def worker(pair: tuple[Orchestrator, Orchestrator]) -> AsyncIterator[ScriptedWorker]:
    """A worker at another: the two share nothing but the store."""
    async with ScriptedWorker(pair[1].url) as scripted:
        yield scripted


async def _finish(worker: ScriptedWorker, claimed: dict[str, Any]) -> None:
    """Go on from where the text stopped, as the next worker does."""
    for seq in range(claimed["nextSeq"], len(WORDS)):
        assert (await worker.say(claimed, seq, WORDS[seq])).status_code == 200
    assert (await worker.complete(claimed)).status_code == 200


async def _released(worker: ScriptedWorker, *_: object) -> None:
    """A closing tab's beacon: no header, the token in the body."""
    reply = await worker.http.post(
        "/api/worker/release", json={"workerId": worker.id, "token": worker.token}
    )
    assert reply.json() == {"released": 1}


async def _failed(worker: ScriptedWorker, claimed: dict[str, Any], _: str) -> None:
    """Its graphics device was lost."""
    body = {"jobId": claimed["job"]["id"], "attempt": claimed["attempt"]}
    assert (await worker.post("fail", **body, error="device_lost")).status_code == 200


async def _silent(_: ScriptedWorker, claimed: dict[str, Any], store_at: str) -> None:
    """It says nothing more at all."""
    await pass_time(store_at, claimed["job"]["id"], LEASE_MS + 1)


async def _stuck(worker: ScriptedWorker, claimed: dict[str, Any], store_at: str) -> None:
    """Its heart beats, and no token comes for as long as one may be waited for."""
    job_id = claimed["job"]["id"]
    await pass_time(store_at, job_id, FIRST_TOKEN_MS, "progressUntil")
    await worker.beat(claimed)
    await until_queued(store_at, job_id)
    assert await worker.beat(claimed) == [job_id]


@pytest.mark.sample(8)
@pytest.mark.parametrize("leave", [_released, _failed, _silent, _stuck])
@pytest.mark.parametrize("said", range(len(WORDS) + 1))
async def test_another_worker_goes_on_from_the_text_already_shown(
    person: ChatClient, worker: ScriptedWorker, store_at: str, said: int, leave: Any
) -> None:
    """After any number of tokens and in each way of leaving: nothing lost, nothing twice.

    One reader watches all of it in one connection; another comes when all is over.
    """
    job_id = await person.send()
    watching = asyncio.create_task(_watched(person, job_id))
    claimed = await worker.claim()
    for seq, value in enumerate(WORDS[:said]):
        await worker.say(claimed, seq, value)
    await leave(worker, claimed, store_at)
    async with ScriptedWorker(str(worker.http.base_url)) as second:
        continued = await second.claim()
        assert continued["attempt"] == 2
        prefix = "".join(WORDS[:said])
        assert (
            "".join(
                each["content"] for each in continued["messages"] if each["role"] == "assistant"
            )
            == prefix
        )
        late = await worker.say(claimed, said, "zombie")
        assert (late.status_code, late.json()["refusal"]) == (409, "stale")
        await _finish(second, continued)
    for answer in (await watching, await person.answer(job_id)):
        assert answer.text == TEXT
        assert answer.ids == list(range(len(WORDS) + 1))
        assert answer.last == {"type": "done", "tokens": len(WORDS)}


async def _watched(person: ChatClient, job_id: str) -> Answer:
    """What one connection shows, from the queue to the end; it must not break."""
    answer = Answer()
    async for event in person.events(job_id):
        answer.take(event)
    return answer


@pytest.mark.sample(2)
@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 1), (7, 31), (60, 61), (200, 200)])
async def test_two_workers_and_the_provider_write_one_answer(
    person: ChatClient, worker: ScriptedWorker, store_at: str, first: int, second: int
) -> None:
    """A machine leaves, the next one leaves too, at any letters: the cloud ends the sentence."""
    whole = simulated_text([Message("user", QUESTION)])
    job_id = await person.send(QUESTION)
    watching = asyncio.create_task(_watched(person, job_id))
    seq = 0
    for begin, end in ((0, first), (first, second)):
        claimed = await worker.claim()
        assert claimed["nextSeq"] == seq
        if begin < end:
            await worker.say(claimed, seq, whole[begin:end])
            seq += 1
        await _released(worker)
        await worker.register()
    await pass_time(store_at, job_id, GRACE_MS + 1)
    answer = await watching
    assert answer.text == whole
    assert answer.last["type"] == "done"


@pytest.mark.sample(2)
@pytest.mark.parametrize("letters", range(0, 60, 12))
async def test_the_provider_goes_on_when_no_other_worker_is_there(
    person: ChatClient, worker: ScriptedWorker, store_at: str, letters: int
) -> None:
    """The last donor closes the tab: the cloud continues what stands on the page."""
    whole = simulated_text([Message("user", QUESTION)])
    job_id = await person.send(QUESTION)
    claimed = await worker.claim()
    if letters:
        await worker.say(claimed, 0, whole[:letters])
    await _released(worker)
    await pass_time(store_at, job_id, GRACE_MS + 1)
    answer = await person.answer(job_id)
    assert answer.text == whole
    assert answer.last["type"] == "done"
