"""A fresh machine answers for real: the small model, inside a worker of the server's own."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ashao_worker.homes.llama import why_no_small_model
from tests.support.chat_client import ChatClient
from tests.support.children import children_of, lives
from tests.support.orchestrator import Orchestrator, commanded
from tests.support.wait import wait_until

pytestmark = pytest.mark.timeout(120)

PATIENCE = {"ASHAO_WORKER_GRACE_MS": "60000", "ASHAO_FIRST_TOKEN_MS": "60000"}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """`ashao serve --local`, which nobody donates to but itself."""
    assert why_no_small_model() is None, "make small-model"
    with commanded(tmp_path_factory.mktemp("local"), "--local", **PATIENCE) as running:
        yield running


async def test_the_first_question_is_answered_in_either_tier(local: Orchestrator) -> None:
    async with ChatClient(local.url) as ann:
        for tier in ("pro", "max"):
            job_id = await ann.send("What is the capital of France?", tier=tier)
            answer = await ann.answer(job_id)
            assert "Paris" in answer.text
            assert answer.last["type"] == "done"


async def test_its_worker_is_gone_when_it_was_killed(tmp_path: Path) -> None:
    with commanded(tmp_path / "killed", "--local", **PATIENCE) as running:
        worker = await wait_until(lambda: _workers_of(running), "the worker")
        running.kill()
        await wait_until(lambda: not lives(worker[0]), "the worker to leave")


async def test_its_worker_ends_with_it(tmp_path: Path) -> None:
    with commanded(tmp_path / "ended", "--local", **PATIENCE) as running:
        async with ChatClient(running.url) as ann:
            await ann.answer(await ann.send("What is the capital of France?"))
        (worker,) = _workers_of(running)
        running.terminate()
        assert running.wait() in (0, -signal.SIGTERM)
        assert not lives(worker)


@pytest.mark.parametrize(
    ("settings", "about"),
    [({"ASHAO_OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "a provider"), ({}, "no --local")],
)
def test_without_need_or_wish_there_is_none(
    tmp_path: Path, settings: dict[str, str], about: str
) -> None:
    flags = ("--local",) if settings else ()
    with commanded(tmp_path, *flags, **settings) as running:
        assert _workers_of(running) == [], about


def _workers_of(running: Orchestrator) -> list[int]:
    return [
        pid
        for pid in children_of(running.pid)
        if b"\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
