"""An orchestrator is asked to leave while answers are being written, and nobody notices."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import Answer, ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT
pytestmark = pytest.mark.timeout(90)  # each test starts processes of its own
WORDS = ["Nobody ", "noticed ", "that ", "it ", "left", "."]
TEXT = "".join(WORDS)

Start = Callable[..., Orchestrator]


@pytest.fixture
def start(tmp_path: Path, settings: dict[str, str]) -> Iterator[Start]:
    """Starts orchestrators on one store and one history."""
    with ExitStack() as stack:

        def started(name: str, *flags: str, **more: str) -> Orchestrator:
            shared = settings | {"ASHAO_DATA_DIR": str(tmp_path / "data")} | more
            return stack.enter_context(orchestrator(tmp_path / name, *flags, **shared))

        yield started


async def _leaves(running: Orchestrator) -> int:
    return await asyncio.to_thread(running.wait)


async def _say(worker: ScriptedWorker, claimed: dict[str, Any], seqs: range) -> None:
    for seq in seqs:
        assert (await worker.say(claimed, seq, WORDS[seq])).status_code == 200


async def test_a_stream_may_end_before_its_orchestrator_does(start: Start) -> None:
    """Asked to leave, it takes no claims and says so; what is open ends; then it is gone."""
    leaving = start("leaving")
    async with ChatClient(leaving.url) as person, ScriptedWorker(leaving.url) as worker:
        job_id = await person.send()
        claimed = await worker.claim()
        events = person.events(job_id)
        await _say(worker, claimed, range(1))
        answer = Answer()
        answer.take(await anext(events))
        waiting = asyncio.create_task(
            worker.post("claim", workerId=worker.id, tier="pro", waitMs=30_000)
        )
        leaving.terminate()
        assert (await waiting).json() == {"job": None}
        ready = await person.http.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "draining")
        await _say(worker, claimed, range(1, len(WORDS)))
        await worker.complete(claimed)
        async for event in events:
            answer.take(event)
        assert (answer.text, answer.last["type"]) == (TEXT, "done")
    assert await _leaves(leaving) == 0


async def test_two_processes_roll_over_without_a_broken_answer(start: Start) -> None:
    """A long answer outlives the old process: its reader is handed over and resumes."""
    old, new = start("old", ASHAO_DRAIN_S="1"), start("new")
    async with ChatClient(old.url) as person, ScriptedWorker(old.url) as worker:
        job_id = await person.send()
        claimed = await worker.claim()
        await _say(worker, claimed, range(2))
        answer = Answer()
        async for event in person.events(job_id):  # ends when the old process lets go
            if not answer.take(event) and len(answer.ids) == 2:
                old.terminate()
        assert (answer.ids, answer.last) == ([0, 1], {})
        assert await _leaves(old) == 0
        async with person.at(new.url) as moved, ScriptedWorker(new.url) as other:
            other.id, other.token = worker.id, worker.token
            await _say(other, claimed, range(2, len(WORDS)))
            await other.complete(claimed)
            await moved.answer(job_id, answer)
    assert (answer.text, answer.ids) == (TEXT, list(range(len(WORDS) + 1)))


async def test_a_provider_hands_its_answer_to_the_next_process(start: Start) -> None:
    """The leaving process gives the claim back: no lease has to pass."""
    old = start("old", ASHAO_WORKER_GRACE_MS="0", ASHAO_DRAIN_S="0")
    async with ChatClient(old.url) as person:
        whole = (await person.answer(await person.send())).text
        job_id = await person.send()
        answer = Answer()
        async for event in person.events(job_id):
            answer.take(event)
            if len(answer.ids) == 3:
                old.terminate()
        assert answer.last == {}
        assert await _leaves(old) == 0
        new = start("new", ASHAO_WORKER_GRACE_MS="0")
        async with person.at(new.url) as moved:
            await moved.answer(job_id, answer)
    assert (answer.text, answer.last["type"]) == (whole, "done")
