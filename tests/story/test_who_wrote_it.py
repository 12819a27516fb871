"""Afterwards whoever asked is told what kind of machine wrote the answer, and never which."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.passing_time import GRACE_MS, pass_time
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until


async def _kept(person: ChatClient, job_id: str) -> dict[str, Any]:
    """The answer as the history has it, once it is settled."""
    kept: dict[str, Any] = {}

    async def is_there() -> bool:
        listed = (await person.http.get("/api/conversations")).json()["conversations"]
        for each in listed:
            read = (await person.http.get(f"/api/conversations/{each['id']}")).json()
            for message in read["messages"]:
                if message["jobId"] == job_id and message["role"] == "assistant":
                    kept.clear()
                    kept.update(message)
        return kept.get("status") in ("done", "failed", "cancelled")

    await wait_until(is_there, "an answer in the history")
    return kept


async def _write(url: str, kind: str, words: list[str], *, is_last: bool) -> ScriptedWorker:
    """A worker that says so much of the waiting job, and ends it or leaves."""
    async with ScriptedWorker(url, kind=kind, model=f"{kind}-model", tiers=["pro"]) as worker:
        claimed = await worker.claim()
        for seq, word in enumerate(words, claimed["nextSeq"]):
            await worker.say(claimed, seq, word)
        if is_last:
            await worker.complete(claimed)
        else:
            await worker.post("release", workerId=worker.id)
    return worker


@pytest.mark.parametrize(
    ("writers", "machines"),
    [
        ([("browser", ["Whole."])], 1),
        ([("native", ["Half, "]), ("browser", ["whole."])], 2),
        (
            [("browser", []), ("native", ["Whole."])],
            1,
        ),  # one that left without a word wrote nothing
        ([("browser", ["a "]), ("browser", ["b "]), ("native", ["c"])], 3),
    ],
)
async def test_the_kind_and_model_of_the_last_and_how_many_there_were(
    server: Orchestrator,
    person: ChatClient,
    writers: list[tuple[str, list[str]]],
    machines: int,
) -> None:
    job_id = await person.send("Who?")
    for number, (kind, words) in enumerate(writers, 1):
        await _write(server.url, kind, words, is_last=number == len(writers))
    kind = writers[-1][0]
    kept = await _kept(person, job_id)
    assert kept["writtenBy"] == {"kind": kind, "model": f"{kind}-model", "machines": machines}
    answer = await person.answer(job_id)
    assert set(answer.last) == {"type", "tokens"}, "the stream is blind"


async def test_a_simulation_is_called_one(person: ChatClient, store_at: str) -> None:
    job_id = await person.send("Who?")
    await pass_time(store_at, job_id, GRACE_MS + 1)
    kept = await _kept(person, job_id)
    assert kept["writtenBy"] == {"kind": "simulation", "model": "simulation", "machines": 1}


async def test_an_operator_may_keep_it(tmp_path: Path, settings: dict[str, str]) -> None:
    with orchestrator(tmp_path, **settings, ASHAO_SHOW_WRITERS="off") as server:
        async with ChatClient(server.url) as person:
            job_id = await person.send("Who?")
            worker = await _write(server.url, "browser", ["Me."], is_last=True)
            kept = await _kept(person, job_id)
            assert set(kept) == {"role", "content", "status", "jobId"}
            assert worker.id not in str(kept)
