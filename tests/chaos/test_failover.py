"""A store's primary dies with what its replica never got: an answer is never joined of two."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ashao.jobs.codes import SENTENCES, EndCode
from tests.story.conftest import PATIENT
from tests.support.chat_client import Answer, ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.replicas import Replicated, replicated
from tests.support.scripted_worker import ScriptedWorker
from tests.support.stores import KINDS
from tests.support.wait import wait_until

KEPT, SHOWN, WHOLE = 5, 10, 15
FORGOTTEN = {"type": "error", "message": SENTENCES[EndCode.FORGOTTEN]}


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Replicated]:
    """A primary with a replica."""
    with replicated(request.param, tmp_path / "store") as running:
        yield running


@pytest.fixture
def server(store: Replicated, tmp_path: Path) -> Iterator[Orchestrator]:
    """An orchestrator on which nothing lapses by itself."""
    with orchestrator(tmp_path / "server", **PATIENT, ASHAO_REDIS_URL=store.url) as running:
        yield running


async def _say(worker: ScriptedWorker, claimed: dict[str, Any], voice: str, seqs: range) -> None:
    """Each piece until it is taken: a store that fails over is away for a moment."""
    for seq in seqs:

        async def is_taken(seq: int = seq) -> bool:
            return (await worker.say(claimed, seq, f"{voice}{seq} ")).status_code == 200

        await wait_until(is_taken, f"{voice}{seq} is taken")


async def _read(person: ChatClient, job_id: str, answer: Answer, up_to: int) -> Answer:
    """From where the answer is, up to so many events, or to its end."""
    if len(answer.ids) < up_to:
        async for event in person.events(job_id, answer.last_id):
            if answer.take(event) or len(answer.ids) == up_to:
                break
    return answer


def _words(voice: str, seqs: range) -> str:
    return "".join(f"{voice}{seq} " for seq in seqs)


async def test_what_a_replica_never_got_is_said_plainly(
    store: Replicated, server: Orchestrator
) -> None:
    """Whoever saw it is told, now or when they come back; all others get one unbroken answer."""
    async with ChatClient(server.url) as person, ScriptedWorker(server.url) as worker:
        job_id = await person.send()
        claimed = await worker.claim()
        await _say(worker, claimed, "A", range(KEPT))
        behind = [await _read(person, job_id, Answer(), seq) for seq in range(KEPT + 1)]
        store.cut()
        await _say(worker, claimed, "A", range(KEPT, SHOWN))
        ahead = [await _read(person, job_id, Answer(), seq) for seq in range(KEPT + 1, SHOWN + 1)]
        staying = Answer()
        reading = asyncio.create_task(_read(person, job_id, staying, WHOLE))
        await wait_until(lambda: len(staying.ids) == SHOWN, "all of it is shown")
        store.fail_over()
        await _say(worker, claimed, "B", range(KEPT, WHOLE))
        await worker.complete(claimed)
        for answer in (await reading, *ahead):
            shown = answer.text
            await _read(person, job_id, answer, WHOLE + 1)
            assert (answer.text, answer.last) == (shown, FORGOTTEN)
            assert shown == _words("A", range(len(answer.ids)))
        for answer in behind:
            await _read(person, job_id, answer, WHOLE + 1)
            assert answer.text == _words("A", range(KEPT)) + _words("B", range(KEPT, WHOLE))
            assert answer.last["type"] == "done"
