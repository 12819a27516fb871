"""`ashao serve --workers 2`: a dead child is replaced, and nobody outlives the parent."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import ChatClient
from tests.support.children import children_of, lives
from tests.support.orchestrator import Orchestrator, commanded
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

pytestmark = pytest.mark.timeout(120)  # each test starts several processes
START_S = 40.0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Orchestrator]:
    """A parent with two children and their embedded store."""
    with commanded(tmp_path / "several", "--workers", "2", **PATIENT) as started:
        yield started


def _two(running: Orchestrator) -> list[int]:
    children = children_of(running.pid)
    return children if len(children) == 2 else []


async def _until_two(running: Orchestrator, but_not: list[int]) -> list[int]:
    def are_new() -> list[int]:
        now = _two(running)
        return [] if set(but_not) & set(now) else now

    return await wait_until(are_new, "two processes", START_S)


async def _until_ready(person: ChatClient) -> None:
    async def is_ready() -> bool:
        try:
            return (await person.http.get("/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    await wait_until(is_ready, "they serve", START_S)


async def test_killed_children_are_replaced_and_a_signal_drains_them_all(
    running: Orchestrator,
) -> None:
    """One of them, then both at once; the service is back on the same port each time."""
    first = await _until_two(running, [])
    os.kill(first[0], signal.SIGKILL)
    second = await _until_two(running, first[:1])
    for pid in second:
        os.kill(pid, signal.SIGKILL)
    third = await _until_two(running, second)
    async with ChatClient(running.url) as person:
        await _until_ready(person)
        async with ScriptedWorker(running.url) as worker:
            job_id = await person.send()
            claimed = await worker.claim()
            await worker.say(claimed, 0, "Still here.")
            await worker.complete(claimed)
            assert (await person.answer(job_id)).text == "Still here."
    running.terminate()
    assert await asyncio.to_thread(running.wait) == 0
    assert not any(map(lives, third))


@pytest.mark.parametrize("when", ["while they start", "when they serve"])
async def test_children_leave_when_their_parent_is_killed(running: Orchestrator, when: str) -> None:
    """Nobody stays behind on the port."""
    children = await _until_two(running, [])
    if when == "when they serve":
        async with ChatClient(running.url) as person:
            await _until_ready(person)
    running.kill()
    await wait_until(lambda: not any(map(lives, children)), "the orphans leave", START_S)
