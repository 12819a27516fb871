"""`python -m bench.worker`: what `ashao worker` computes for a token, beside what the engine does.

The worker has a scripted engine, as fast as a fair real one. The engine is the small model in
llama.cpp, of all real ones the hardest to be small beside.
"""

import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from ashao_worker.homes.llama import LlamaOptions, running_llama
from bench import results
from bench.llama import bare_tokens
from bench.process import cpu_s
from bench.row import Goal, Row
from bench.servers import serving, valkey
from tests.support.chat_client import ChatClient
from tests.support.native_worker import native_worker
from tests.worker_native.local_server import serving as engine_at
from tests.worker_native.openai_server import RecitingServer

TITLE = "A worker's own share of a token"
ROUNDS = 3
TOKENS = 200
TOKEN_MS = 20


async def measure() -> list[Row]:
    """The worker and the engine, in turns."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(valkey(folder / "store"))
        running = stack.enter_context(serving(folder / "ours", ASHAO_REDIS_URL=url))
        engine = RecitingServer("word" * TOKENS, piece_ms=TOKEN_MS)
        engine_url = await stack.enter_async_context(engine_at(engine))
        worker = await stack.enter_async_context(
            native_worker(running.url, f"{engine_url}/v1", "tiny", "--tier", "max")
        )
        llama_url = stack.enter_context(running_llama(LlamaOptions()))
        person = await stack.enter_async_context(ChatClient(running.url))
        await _engine_us(llama_url)  # it then finds the prompt read
        ours, peer = [], []
        for _ in range(ROUNDS):
            ours.append(await _worker_us(person, worker.pid))
            peer.append(await _engine_us(llama_url))
    return [
        Row(
            name="`ashao worker`: CPU a token",
            unit="µs",
            ours=ours,
            peer=peer,
            peer_name="llama.cpp, 135M parameters",
            goal=Goal(of_peer=0.03),
        )
    ]


async def _worker_us(person: ChatClient, pid: int) -> float:
    before = cpu_s(pid)
    answer = await person.answer(await person.send(tier="max"))
    assert answer.last["type"] == "done", answer.last
    return (cpu_s(pid) - before) * 1e6 / TOKENS


async def _engine_us(url: str) -> float:
    """llama.cpp runs in this process, on other threads; reading its stream is counted as well."""
    before = time.process_time()
    tokens = sum([each async for each in bare_tokens(url)])
    return (time.process_time() - before) * 1e6 / tokens


if __name__ == "__main__":
    results.alone(TITLE, measure)
