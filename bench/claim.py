"""`python -m bench.claim`: from sending a job until an idle worker holds it, beside task queues."""

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from bench import results
from bench.idle_workers import IdleWorkers, idle_workers
from bench.machine import SERVERS_CORE, fsync_s, on_core
from bench.peers import environment
from bench.row import Goal, Row
from bench.servers import serving, valkey
from bench.table import percentile
from bench.wire import Poster
from tests.support.api_keys import created_key
from tests.support.chat_client import ChatClient
from tests.support.children import mortal
from tests.support.orchestrator import Orchestrator

TITLE = "From sending a job until an idle worker holds it, p50"
ROUNDS = {1: 3, 1_000: 1}  # by how many wait
JOBS = 60
PAUSE_S = 0.02  # then whoever answered a job waits again
ALL_WAIT_S = 3  # a thousand claim calls
QUESTION = b'{"content":"Hello?"}'
PROMPT = b'{"model":"auto","messages":[{"role":"user","content":"Hello?"}]}'

type Send = Callable[[], Awaitable[object]]


async def measure() -> list[Row]:
    """All in turns, over the same Valkey."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(valkey(folder / "store"))
        running = stack.enter_context(serving(folder / "ours", ASHAO_REDIS_URL=url))
        chat = await stack.enter_async_context(Poster(running.port, *await _chat(running)))
        bearer = {"Authorization": f"Bearer {await created_key(url)}"}
        program = Poster(running.port, "/v1/chat/completions", bearer)
        await stack.enter_async_context(program)
        sends = {"chat": lambda: chat.post(QUESTION), "v1": lambda: program.post(PROMPT)}
        disk_ms = fsync_s(folder) * 1000
        return [
            row
            for waiting in ROUNDS
            for row in _rows(waiting, await _rounds(running, url, waiting, sends), disk_ms)
        ]


async def _chat(running: Orchestrator) -> tuple[str, dict[str, str]]:
    """Where somebody who has been here sends, and their cookies."""
    async with ChatClient(running.url) as person:
        await person.send()
        await person.cancel_all()
        cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
    return "/api/chat/send", {"Cookie": cookies}


async def _rounds(
    running: Orchestrator, url: str, waiting: int, sends: Mapping[str, Send]
) -> dict[str, list[float]]:
    """The p50 of each round in ms, by what was sent to."""
    rounds: dict[str, list[float]] = {name: [] for name in (*sends, "taskiq", "saq")}
    programs = environment()
    for _ in range(ROUNDS[waiting]):
        async with idle_workers(running, waiting) as workers:
            await asyncio.sleep(ALL_WAIT_S)
            for name, send in sends.items():
                rounds[name].append(await _ours_ms(workers, send))
        if programs is None:
            continue
        for name in ("taskiq", "saq"):
            theirs = asyncio.to_thread(_theirs_ms, programs, name, url, waiting)
            rounds[name].append(await theirs)
    return rounds


async def _ours_ms(workers: IdleWorkers, send: Send) -> float:
    took = []
    for _ in range(JOBS):
        await asyncio.sleep(PAUSE_S)
        begun = time.perf_counter()
        held_at, _ = await asyncio.gather(workers.held.get(), send())
        took.append(held_at - begun)
        await workers.answered.get()
    return percentile(took, 0.5) * 1000


def _theirs_ms(programs: Path, name: str, url: str, waiting: int) -> float:
    script = ("-m", "bench.peer_queues", name, url, str(waiting), str(JOBS))
    command = mortal(str(programs / "python"), *script)
    with on_core(SERVERS_CORE):
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return percentile(json.loads(said), 0.5) * 1000


def _rows(waiting: int, rounds: dict[str, list[float]], disk_ms: float) -> list[Row]:
    return [
        Row(
            name=f"{waiting:,} waiting, with history (chat)",
            unit="ms",
            ours=rounds["chat"],
            peer=rounds["saq"],
            peer_name="saq",
            goal=Goal(most=3),
        ),
        Row(
            name=f"{waiting:,} waiting, without (/v1)",
            unit="ms",
            ours=rounds["v1"],
            peer=[each + disk_ms for each in rounds["taskiq"]],
            peer_name=f"taskiq, and an fsync of {disk_ms:.2f}",
            goal=Goal(of_peer=1),
        ),
    ]


if __name__ == "__main__":
    results.alone(TITLE, measure)
