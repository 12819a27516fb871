"""A reader that stops reading or vanishes hurts nobody else, and costs little memory."""

import asyncio
import re
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import ChatClient, seq_of
from tests.support.orchestrator import Orchestrator
from tests.support.raw_reader import RawReader
from tests.support.scripted_worker import ScriptedWorker

TIMES = PATIENT
PIECE = "x" * 3000
PIECES = 120
SLOW_READERS = 12
# Far less than twelve whole answers, however the allocator feels about it.
MOST_GROWTH_KIB = 24 * 1024


def _cookies(person: ChatClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())


def _memory_kib(running: Orchestrator) -> int:
    status = Path(f"/proc/{running.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1])


async def test_a_reader_that_reads_nothing_slows_nobody_and_later_has_it_all(
    server: Orchestrator, person: ChatClient, worker: ScriptedWorker
) -> None:
    """Twelve clients open the stream and read nothing; a thirteenth sees every token at once."""
    job_id = await person.send()
    claimed = await worker.claim()
    before_kib = _memory_kib(server)
    with ExitStack() as stack:
        slow = [
            stack.enter_context(closing(RawReader(server.url, job_id, _cookies(person))))
            for _ in range(SLOW_READERS)
        ]
        events = person.events(job_id)
        for seq in range(PIECES):
            await worker.say(claimed, seq, PIECE)
            async with asyncio.timeout(5):
                assert seq_of(await anext(events)) == seq
        assert _memory_kib(server) - before_kib < MOST_GROWTH_KIB
        await worker.complete(claimed)
        assert (await anext(events)).json()["type"] == "done"
        late = (await asyncio.to_thread(slow[0].read_to_the_end)).decode()
        seqs = [int(each) for each in re.findall(r"^id: (\d+)-", late, re.MULTILINE)]
        assert seqs == list(range(PIECES + 1))
        assert late.count(PIECE) == PIECES


@pytest.mark.parametrize("times", [8])
async def test_readers_that_vanish_while_a_token_is_pushed_hurt_no_other_stream(
    server: Orchestrator, person: ChatClient, worker: ScriptedWorker, times: int
) -> None:
    """Their connections are reset between tokens; the one that stays misses nothing."""
    job_id = await person.send()
    claimed = await worker.claim()
    events = person.events(job_id)
    for seq in range(times):
        gone = RawReader(server.url, job_id, _cookies(person))
        saying = asyncio.create_task(worker.say(claimed, seq, f"{seq} "))
        gone.vanish()
        await saying
        async with asyncio.timeout(5):
            event = await anext(events)
        while event.json()["type"] == "queued":
            event = await anext(events)
        assert seq_of(event) == seq
    await worker.complete(claimed)
    assert (await anext(events)).json() == {"type": "done", "tokens": times}
