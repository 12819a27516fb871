"""The home in Pyodide, in the real one under Node: fetch, the bridge's promises, its proxies."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import ashao_worker
from tests.support.wait import wait_until
from tests.worker.fake_orchestrator import FakeOrchestrator
from tests.worker_native.real_orchestrator import orchestrating

pytestmark = pytest.mark.timeout(120)  # a busy machine takes its time to start Python in wasm

ANSWER = "one two three four five six — seven ✓"
PACKAGES = Path(ashao_worker.__file__).parent.parent
SCRIPT = Path(__file__).with_name("pyodide_home.mjs")


@dataclass
class Tab:
    process: Process
    orchestrator: FakeOrchestrator
    events: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def states(self) -> list[str]:
        return ["idle", *(event["state"] for event in self.of("state"))]

    def command(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n".encode())

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.events.append(json.loads(line))

    async def stop(self) -> None:
        self.command("stop")
        await wait_until(lambda: self.of("ended"), "the donor ends")


@asynccontextmanager
async def tab(answer: str = ANSWER, piece_ms: int = 2, error: str = "") -> AsyncIterator[Tab]:
    async with orchestrating() as (server, orchestrator):
        config = {"server": server, "model": "tiny", "tiers": ["pro"], "contextTokens": 512}
        config |= {"engine": "webllm 0.2.86"}
        options: dict[str, object] = {"packages": str(PACKAGES), "config": config}
        options |= {"answer": answer, "pieceMs": piece_ms, "error": error}
        process = await asyncio.create_subprocess_exec(
            "node", str(SCRIPT), json.dumps(options), stdin=PIPE, stdout=PIPE
        )
        found = Tab(process, orchestrator)
        listening = asyncio.ensure_future(found.listen())
        try:
            await wait_until(lambda: found.of("registered"), "Pyodide starts", 60)
            yield found
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await listening


async def test_a_tab_answers_continues_and_leaves_no_proxy() -> None:
    async with tab() as donor:
        (registration,) = donor.orchestrator.bodies("register")
        assert registration == {
            "type": "browser",
            "model": "tiny",
            "tiers": ["pro"],
            "contextTokens": 512,
            "engine": "webllm 0.2.86",
        }
        fresh = donor.orchestrator.enqueue("j1", maxTokens=99)
        begun = donor.orchestrator.enqueue("j2", prefix=["one ", "two th"])
        await wait_until(lambda: fresh.status == begun.status == "done", "both answers")
        assert (fresh.text, begun.text) == (ANSWER, ANSWER)
        assert donor.of("generate")[0]["params"] == {"maxTokens": 99}
        await wait_until(lambda: len(donor.of("proxy")) == 2, "the proxies' end")
        assert donor.of("registered")[0]["workerId"] == "w1"
        assert donor.of("registered")[0]["token"] == "secret-of-w1"
        await donor.stop()
        assert donor.of("stats")[-1]["jobsDone"] == 2
        assert donor.states[1] == "ready"
        assert donor.states[-1] == "idle"


async def test_a_lost_claim_and_a_stop_interrupt_the_engine() -> None:
    async with tab(ANSWER * 1000, 20) as donor:
        lost = donor.orchestrator.enqueue("j1")
        await wait_until(lambda: len(lost.log) > 1, "some text")
        donor.orchestrator.lapse(lost, to="somebody")
        await wait_until(lambda: len(donor.of("interrupt")) == 1, "the interrupt")
        held = donor.orchestrator.enqueue("j2")
        await wait_until(lambda: len(held.log) > 1, "some text")
        donor.command("stop")
        await wait_until(lambda: len(donor.of("interrupt")) == 2, "the interrupt")
        await wait_until(lambda: donor.of("ended"), "the end")
        assert held.status == "queued"


async def test_a_pause_is_seen_and_undone() -> None:
    async with tab() as donor:
        donor.command("pause")
        await wait_until(lambda: donor.states[-1] == "paused", "the pause")
        job = donor.orchestrator.enqueue()
        donor.command("resume")
        await wait_until(lambda: job.status == "done", "the answer")


async def test_a_lost_device_is_said_in_a_word_and_a_sentence() -> None:
    async with tab(error='{"code": "device_lost", "message": "gone"}') as donor:
        job = donor.orchestrator.enqueue()
        await wait_until(lambda: donor.states[-1] == "error", "the error")
        assert job.failures == ["device_lost"]
        assert "graphics device was lost" in donor.of("state")[-1]["message"]


async def test_an_error_without_a_code_is_an_engine_error() -> None:
    async with tab(error="boom") as donor:
        job = donor.orchestrator.enqueue()
        await wait_until(lambda: job.status == "failed", "the failure")
        assert job.failures == ["engine_error"]
