"""A model thinks before it speaks: its thoughts are shown, and the answer is its words alone."""

import asyncio
from typing import Any

import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import Answer, ChatClient
from tests.support.passing_time import LEASE_MS, pass_time, until_queued
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT
THOUGHTS = ["They ask ", "for a count."]
WORDS = ["One, ", "two, ", "three."]
TEXT = "".join(WORDS)
PIECES = len(THOUGHTS) + len(WORDS)


async def _speak(worker: ScriptedWorker, claimed: dict[str, Any], pieces: int) -> None:
    """The first pieces of all that the model does; text that is there already is not said again."""
    said = "".join(each["content"] for each in claimed["messages"] if each["role"] == "assistant")
    words = [word for at, word in enumerate(WORDS) if len("".join(WORDS[:at])) >= len(said)]
    spoken = [(worker.think, each) for each in THOUGHTS] + [(worker.say, each) for each in words]
    for seq, (speak, piece) in enumerate(spoken[:pieces], claimed["nextSeq"]):
        assert (await speak(claimed, seq, piece)).status_code == 200


@pytest.mark.sample(2)
@pytest.mark.parametrize("pieces", range(1, PIECES))
async def test_a_machine_dies_after_any_piece_and_the_next_goes_on_from_the_words(
    person: ChatClient, worker: ScriptedWorker, store_at: str, pieces: int
) -> None:
    """In mid-thought or in mid-answer: to the letter, for who watches and for who comes later."""
    job_id = await person.send()
    watching = asyncio.create_task(_watched(person, job_id))
    claimed = await worker.claim()
    await _speak(worker, claimed, pieces)
    await pass_time(store_at, job_id, LEASE_MS * 3)
    await until_queued(store_at, job_id)
    async with ScriptedWorker(str(worker.http.base_url)) as second:
        continued = await second.claim()
        said = "".join(WORDS[: max(pieces - len(THOUGHTS), 0)])
        prefix = [{"role": "assistant", "content": said}] if said else []
        assert continued["messages"][1:] == prefix
        assert continued["nextSeq"] == pieces
        await _speak(second, continued, PIECES)
        assert (await second.complete(continued)).status_code == 200
    thoughts = "".join(THOUGHTS[:pieces] + THOUGHTS)
    for answer in (await watching, await person.answer(job_id)):
        assert (answer.text, answer.thoughts) == (TEXT, thoughts)
        assert answer.last == {"type": "done", "tokens": len(WORDS)}


async def _watched(person: ChatClient, job_id: str) -> Answer:
    """What one connection shows; it must not break."""
    answer = Answer()
    async for event in person.events(job_id):
        answer.take(event)
    return answer


async def test_the_history_keeps_the_words_alone(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """And so the next question takes them along without the thoughts."""
    sent = await person.http.post("/api/chat/send", json={"content": "Count."})
    claimed = await worker.claim()
    await _speak(worker, claimed, PIECES)
    await worker.complete(claimed)
    place = {"conversationId": sent.json()["conversationId"]}
    await person.send("Again.", **place)
    again = await worker.claim()
    assert [each["content"] for each in again["messages"]] == ["Count.", TEXT, "Again."]


async def test_who_thinks_without_end_loses_the_claim_and_is_suspended(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """A claim may think 256 KiB."""
    for _ in range(3):
        await person.send()
        claimed = await worker.claim()
        for seq in range(claimed["nextSeq"], claimed["nextSeq"] + 16):
            reply = await worker.think(claimed, seq, "x" * 16_000)
            assert reply.status_code == 200, reply.text
        refused = await worker.think(claimed, seq + 1, "x" * 16_000)
        assert (refused.status_code, refused.json()["refusal"]) == (409, "stale")
    rests = await worker.post("claim", workerId=worker.id, tier="pro", waitMs=0)
    assert rests.status_code == 429


async def test_a_server_says_that_it_takes_thoughts(worker: ScriptedWorker) -> None:
    """A worker asks at each registration and each heartbeat: an older server says nothing."""
    body = {"type": "browser", "model": "m"}
    registered = await worker.http.post("/api/worker/register", json=body)
    beaten = await worker.post("heartbeat", workerId=worker.id, jobs=[])
    assert registered.json()["takesThinking"] is True
    assert beaten.json()["takesThinking"] is True
