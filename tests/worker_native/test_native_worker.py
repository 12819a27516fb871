"""The native worker as users run it: a process, an engine's server, signals."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from ashao_worker.homes.native import main
from tests.support.wait import wait_until
from tests.worker.fake_orchestrator import FakeOrchestrator
from tests.worker_native.local_server import Reply, Request, json_reply, serving
from tests.worker_native.openai_server import RecitingServer
from tests.worker_native.real_orchestrator import orchestrating

ANSWER = "one two three four five six seven"


@dataclass
class Native:
    process: Process
    orchestrator: FakeOrchestrator
    engine: RecitingServer

    async def ended(self) -> list[dict[str, object]]:
        """Its log once it has ended by itself, with status 0 and no complaint."""
        out, err = await self.process.communicate()
        assert (self.process.returncode, err.decode()) == (0, "")
        return [json.loads(line) for line in out.splitlines()]


@asynccontextmanager
async def native(
    answer: str = ANSWER, piece_ms: float = 2, *more: str, slots: int = 1
) -> AsyncIterator[Native]:
    engine = RecitingServer(answer, piece_ms=piece_ms, slots=slots)
    async with serving(engine) as engine_url, orchestrating() as (server, orchestrator):
        orchestrator.takes_thinking = True
        command = ["-m", "ashao_worker", "--server", server, "--engine-url", engine_url]
        options = ["--model", "tiny", "--tier", "max", "--json-logs", *more]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, *options, stdout=PIPE, stderr=PIPE
        )
        try:
            yield Native(process, orchestrator, engine)
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


@pytest.mark.parametrize("place", ["reasoning_content", "content"])
async def test_its_engines_thoughts_are_passed_on_as_thoughts(place: str) -> None:
    async with native() as worker:
        worker.engine.thoughts, worker.engine.thinks_in = "They want to hear numbers.", place
        job = worker.orchestrator.enqueue()
        await wait_until(lambda: job.status == "done", "the answer")
        assert (job.text, "".join(job.thoughts.values())) == (ANSWER, worker.engine.thoughts)


async def test_it_answers_jobs_with_the_engines_words_and_logs_no_text() -> None:
    async with native() as worker:
        job = worker.orchestrator.enqueue(temperature=0)
        await wait_until(lambda: job.status == "done", "the answer")
        assert job.text == ANSWER
        (registration,) = worker.orchestrator.bodies("register")
        assert registration == {
            "type": "native",
            "model": "tiny",
            "tiers": ["max"],
            "contextTokens": 4096,
            "abilities": ["json_schema"],
        }
        worker.process.send_signal(signal.SIGTERM)
        log = await worker.ended()
        states = [line["state"] for line in log if line["event"] == "state"]
        assert states[:2] == ["ready", "working"]
        assert states[2:] in (["ready", "idle"], ["idle"])  # the signal may come before the rest
        assert [line for line in log if line["event"] == "stats"][-1]["jobsDone"] == 1
        text = json.dumps(log)
        assert "three" not in text
        assert "secret" not in text


async def test_it_continues_a_prefix() -> None:
    async with native() as worker:
        job = worker.orchestrator.enqueue(prefix=["one ", "two th"])
        await wait_until(lambda: job.status == "done", "the answer")
        assert job.text == ANSWER


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_lets_the_answer_come_to_its_end(number: signal.Signals) -> None:
    async with native(ANSWER * 3, 20) as worker:
        job = worker.orchestrator.enqueue()
        await wait_until(lambda: len(job.log) > 1, "some text")
        worker.process.send_signal(number)
        await worker.ended()
        assert (job.status, job.text) == ("done", ANSWER * 3)


async def test_a_second_signal_releases_at_once() -> None:
    async with native(ANSWER * 1000, 20) as worker:
        job = worker.orchestrator.enqueue()
        await wait_until(lambda: len(job.log) > 1, "some text")
        worker.process.send_signal(signal.SIGTERM)
        worker.process.send_signal(signal.SIGINT)
        await worker.ended()
        assert job.status == "queued"
        await wait_until(lambda: worker.engine.open_streams == 0, "the engine is let go")


async def test_a_lost_claim_closes_the_engines_stream() -> None:
    async with native(ANSWER * 1000, 20) as worker:
        job = worker.orchestrator.enqueue()
        await wait_until(lambda: len(job.log) > 1, "some text")
        worker.orchestrator.lapse(job, to="somebody")
        await wait_until(lambda: worker.engine.open_streams == 0, "the engine stops")


async def test_as_many_jobs_at_a_time_as_the_engine_has_slots() -> None:
    async with native(ANSWER * 3, 20, slots=2) as worker:
        jobs = [worker.orchestrator.enqueue(f"j{number}") for number in range(2)]
        await wait_until(lambda: worker.engine.open_streams == 2, "two streams")
        await wait_until(lambda: all(job.status == "done" for job in jobs), "both answers")


async def test_an_engine_that_fails_is_said_in_a_word() -> None:
    async with native() as worker:
        await wait_until(lambda: worker.orchestrator.bodies("register"), "the worker is ready")
        worker.engine.status = 500
        job = worker.orchestrator.enqueue()
        await wait_until(lambda: job.status == "failed", "the failure")
        assert job.failures == ["engine_error"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(403, "No more workers."), (401, "The server does not know this account's key.")],
)
async def test_a_server_that_refuses_ends_it_with_a_sentence(status: int, sentence: str) -> None:
    async def refuse(_: Request) -> Reply:
        return json_reply({"error": "No more workers."}, status)

    async with serving(refuse) as server, serving(RecitingServer("Hi.")) as engine:
        arguments = ["--server", server, "--engine-url", engine, "--model", "x"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ashao_worker", *arguments, stdout=PIPE, stderr=PIPE
        )
        _, err = await process.communicate()
    assert process.returncode == 1
    assert sentence in err.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        ["--server", "ftp://x", "--engine-url", "http://x", "--model", "m"],
        ["--server", "http://x", "--engine-url", "x", "--model", "m"],
        ["--server", "http://x", "--engine-url", "http://x", "--model", "m", "--tier", "ultra"],
        ["--server", "http://x", "--engine-url", "http://x", "--model", "m", "--concurrency", "0"],
    ],
)
def test_wrong_options_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert "usage: ashao worker" in capsys.readouterr().err
