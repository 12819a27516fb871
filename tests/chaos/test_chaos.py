"""Machines, orchestrators and the store are killed at random; every answer arrives whole.

ASHAO_CHAOS_S is how long things go wrong, in seconds; ASHAO_CHAOS_SEED replays a run's faults.
"""

import asyncio
import os
import random
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from ashao.jobs.codes import SENTENCES
from ashao.ledger.double_entry import HELD
from ashao.messages import Message
from ashao.providers.simulated import simulated_text
from ashao.settings import Settings
from ashao.store.database import open_database
from tests.chaos.reader import Reader
from tests.chaos.world import World, world
from tests.support.chat_client import Answer
from tests.support.ledgers import balances, endings, unbalanced
from tests.support.own_store import OwnStore, own_store
from tests.support.stores import KINDS
from tests.support.wait import wait_until

SECONDS = float(os.environ.get("ASHAO_CHAOS_S", "4"))
USUAL_SEED = 20261124  # a long run makes its own
SEED = int(
    os.environ.get("ASHAO_CHAOS_SEED")
    or (random.randrange(1_000_000) if "ASHAO_CHAOS_S" in os.environ else USUAL_SEED)
)
READERS = 6
CALM_S = 90.0  # what is unanswered then will never be


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OwnStore]:
    """A store that only this test uses."""
    with own_store(request.param, tmp_path / "store") as running:
        yield running


@pytest.mark.chaos
@pytest.mark.timeout(SECONDS + CALM_S + 90)
async def test_every_question_is_answered_whatever_dies(
    store: OwnStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In order, once, to the letter; a job that failed says why."""
    with capsys.disabled():
        sys.stdout.write(f"\nchaos for {SECONDS} s, ASHAO_CHAOS_SEED={SEED}\n")
    rng = random.Random(SEED)
    async with world(store, tmp_path) as scene:
        readers = [Reader(scene.urls, rng.random()) for _ in range(READERS)]
        # Everybody has a session before anything goes wrong.
        await asyncio.gather(*(reader.ask("Are you there?") for reader in readers))
        is_over = asyncio.Event()
        asking = [asyncio.create_task(_ask_on(each, is_over)) for each in readers]
        await scene.trouble(rng, SECONDS)
        is_over.set()
        async with asyncio.timeout(CALM_S):
            await asyncio.gather(*asking)
        for reader in readers:
            await reader.aclose()
        answers = [pair for reader in readers for pair in reader.answers]
        _check(answers, scene)
        await _nothing_counted_twice(answers, scene)
        await _nothing_paid_twice(scene)
        with capsys.disabled():
            sys.stdout.write(f"{len(answers)} answers; {', '.join(scene.happened)}\n")


async def _ask_on(reader: Reader, is_over: asyncio.Event) -> None:
    for number in count():
        if is_over.is_set():
            return
        await reader.ask(f"Question number {number}, is it answered?")


def _check(answers: list[tuple[str, Answer]], scene: World) -> None:
    reasons = set(SENTENCES.values())
    done = 0
    for question, answer in answers:
        assert answer.ids == list(range(len(answer.ids)))
        whole = simulated_text([Message("user", question)])
        if answer.last["type"] == "done":
            assert answer.text == whole, scene.happened
            done += 1
        else:
            assert answer.last["message"] in reasons, answer.last
            assert whole.startswith(answer.text)
    assert done > 0.8 * len(answers), (done, len(answers), scene.happened)


async def _nothing_counted_twice(answers: list[tuple[str, Answer]], scene: World) -> None:
    async with httpx.AsyncClient(base_url=scene.urls[0], verify=False) as http:
        network = (await http.get("/api/network")).json()
    done = sum(answer.last["type"] == "done" for _, answer in answers)
    assert 0 < network["jobsDone"] <= done


async def _nothing_paid_twice(scene: World) -> None:
    """Every charge ended in one way, and the books balance to the credit."""
    settings = Settings(data_dir=scene.orchestrators[0].data_dir)
    async with open_database(settings) as database:

        async def are_all_ended() -> bool:
            return all((await endings(database)).values())

        await wait_until(are_all_ended, "every charge to end", CALM_S)
        ways = await endings(database)
        assert ways
        assert {job_id: way for job_id, way in ways.items() if len(way) != 1} == {}
        assert await unbalanced(database) == []
        assert HELD not in await balances(database)
