"""Two orchestrators share nothing but the store, and either may die at any moment."""

import asyncio

from tests.story.conftest import PATIENT
from tests.support.chat_client import Answer, ChatClient, seq_of
from tests.support.orchestrator import Orchestrator
from tests.support.passing_time import LEASE_MS, pass_time
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

TIMES = PATIENT
WORDS = ["One ", "answer, ", "two ", "machines", "."]
TEXT = "".join(WORDS)

Pair = tuple[Orchestrator, Orchestrator]


async def _read(person: ChatClient, job_id: str, answer: Answer) -> None:
    async for event in person.events(job_id):
        answer.take(event)


async def test_a_stream_here_shows_what_a_worker_says_there(pair: Pair) -> None:
    one, other = pair
    async with ChatClient(one.url) as person, ScriptedWorker(other.url) as worker:
        job_id = await person.send()
        events = person.events(job_id)
        assert (await anext(events)).json()["type"] == "queued"
        claimed = await worker.claim()
        for seq, word in enumerate(WORDS):
            await worker.say(claimed, seq, word)
            event = await anext(events)
            assert (seq_of(event), event.json()) == (seq, {"type": "token", "value": word})
        await worker.complete(claimed)
        assert (await anext(events)).json() == {"type": "done", "tokens": len(WORDS)}
        await events.aclose()


async def test_a_killed_orchestrator_costs_neither_its_readers_nor_its_workers_a_token(
    pair: Pair,
) -> None:
    """Reader and worker were both at the one that dies; both go on at the other."""
    one, other = pair
    async with ChatClient(one.url) as person, ScriptedWorker(one.url) as worker:
        job_id = await person.send()
        claimed = await worker.claim()
        answer = Answer()
        reading = asyncio.create_task(_read(person, job_id, answer))
        for seq in range(2):
            await worker.say(claimed, seq, WORDS[seq])
        await wait_until(lambda: answer.ids == [0, 1], "two tokens are read")
        port = one.port
        one.kill()
        await asyncio.gather(reading, return_exceptions=True)
        async with person.at(other.url) as moved, worker.at(other.url).http as http:
            moved_worker = worker.at(other.url)
            await moved_worker.http.aclose()
            moved_worker.http = http
            # Whether the last reply was lost in the crash or not: the same again does no harm.
            assert (await moved_worker.say(claimed, 1, WORDS[1])).json() == {"result": "repeat"}
            for seq in range(2, len(WORDS)):
                await moved_worker.say(claimed, seq, WORDS[seq])
            await moved_worker.complete(claimed)
            first_new = [event async for event in moved.events(job_id, after=1)][0]
            assert seq_of(first_new) == 2
            await moved.answer(job_id, answer)
        one.start(port)
    assert (answer.text, answer.ids) == (TEXT, list(range(len(WORDS) + 1)))
    assert answer.last == {"type": "done", "tokens": len(WORDS)}


async def test_a_provider_whose_process_is_killed_is_followed_by_the_others(
    pair: Pair, store_at: str
) -> None:
    """The cloud's answer was being written by the process that dies: the other takes over."""
    one, other = pair
    async with ChatClient(other.url) as person:
        whole = await _simulated(person, store_at)
    async with ChatClient(one.url) as person:
        job_id = await person.send()
        other.freeze()  # so that it is surely the first one whose provider writes
        answer = Answer()
        reading = asyncio.create_task(_read(person, job_id, answer))
        await pass_time(store_at, job_id, 60_001)
        await wait_until(lambda: len(answer.ids) > 3, "the provider writes")
        port = one.port
        one.kill()
        other.thaw()
        await asyncio.gather(reading, return_exceptions=True)
        await pass_time(store_at, job_id, LEASE_MS + 1)
        async with person.at(other.url) as moved:
            await moved.answer(job_id, answer)
        one.start(port)
    assert answer.text == whole
    assert answer.last["type"] == "done"


async def _simulated(person: ChatClient, store_at: str) -> str:
    job_id = await person.send()
    await pass_time(store_at, job_id, 60_001)
    return (await person.answer(job_id)).text
