"""What relays tokens: the bare relay, the LiteLLM proxy and ashao, each with its channels."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.channel import Channel, piece, posting
from bench.litellm_proxy import Proxy
from bench.servers import program
from bench.upstream import chunk, end
from bench.wire import Poster, events
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

SLOTS = 64  # answers that one worker writes, and here also that one person reads
NAMES = count()
ASKED_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class Floor:
    """A running bare relay."""

    pid: int
    port: int

    @asynccontextmanager
    async def channels(self, count: int) -> AsyncGenerator[list[Channel]]:
        """Each on a path of its own."""
        async with AsyncExitStack() as stack:
            yield [await self._channel(stack, f"/{next(NAMES)}") for _ in range(count)]

    async def _channel(self, stack: AsyncExitStack, path: str) -> Channel:
        frames = await stack.enter_async_context(aclosing(events(self.port, path, {})))
        await anext(frames)
        poster = await stack.enter_async_context(Poster(self.port, path, {}))
        return Channel(posting(poster, "{"), frames)


@asynccontextmanager
async def floor(folder: Path, url: str) -> AsyncGenerator[Floor]:
    """The bare relay, on the store at `url`."""
    port_file = folder / "floor"
    port_file.unlink(missing_ok=True)
    store = url.removeprefix("unix://")
    with program(sys.executable, "-m", "bench.floor", store, str(port_file)) as process:
        port = int(await wait_until(lambda: port_file.exists() and port_file.read_text(), "a port"))
        yield Floor(process.pid, port)


@dataclass(frozen=True, slots=True)
class LiteLLM:
    """The proxy: a piece is a chunk of the model behind it, and nobody acknowledges it."""

    proxy: Proxy

    @property
    def pid(self) -> int:
        """Its process."""
        return self.proxy.pid

    @asynccontextmanager
    async def channels(self, count: int) -> AsyncGenerator[list[Channel]]:
        """Each the answer to a question of its own."""
        async with AsyncExitStack() as stack:
            yield [await self._channel(stack, str(next(NAMES))) for _ in range(count)]

    async def _channel(self, stack: AsyncExitStack, question: str) -> Channel:
        messages = [{"role": "user", "content": question}]
        body = json.dumps({"model": "mock", "stream": True, "messages": messages}).encode()
        asking = events(self.proxy.port, "/v1/chat/completions", self.proxy.headers, body)
        frames = await stack.enter_async_context(aclosing(asking))
        opening = asyncio.create_task(anext(frames))  # it answers once the model has said something
        async with asyncio.timeout(ASKED_WITHIN_S):
            writer = await self.proxy.upstream.stream(question)
        stack.callback(end, writer)

        async def say(seq: int, tokens: int) -> None:
            writer.write(chunk(piece(seq, tokens)))

        await say(0, 1)
        await opening
        return Channel(say, frames)


@dataclass(frozen=True, slots=True)
class Ashao:
    """The product: every channel is a person's answer by a worker."""

    running: Orchestrator

    @property
    def pid(self) -> int:
        """Its process."""
        return self.running.pid

    @asynccontextmanager
    async def channels(self, count: int) -> AsyncGenerator[list[Channel]]:
        """One person and one worker for each 64."""
        async with AsyncExitStack() as stack:
            sizes = [min(SLOTS, count - first) for first in range(0, count, SLOTS)]
            yield [each for size in sizes for each in await self._group(stack, size)]

    async def _group(self, stack: AsyncExitStack, size: int) -> list[Channel]:
        person = await stack.enter_async_context(ChatClient(self.running.url))
        worker = ScriptedWorker(self.running.url, kind="native", tiers=["pro"], slots=SLOTS)
        await stack.enter_async_context(worker)
        return [await self._channel(stack, person, worker) for _ in range(size)]

    async def _channel(
        self, stack: AsyncExitStack, person: ChatClient, worker: ScriptedWorker
    ) -> Channel:
        job_id = await person.send()
        stack.push_async_callback(worker.complete, await worker.claim())
        cookies = "; ".join(f"{key}={value}" for key, value in person.http.cookies.items())
        reading = events(self.running.port, f"/api/chat/stream?jobId={job_id}", {"Cookie": cookies})
        frames = await stack.enter_async_context(aclosing(reading))
        await anext(frames)
        bearer = {"Authorization": f"Bearer {worker.token}"}
        poster = Poster(self.running.port, "/api/worker/token", bearer)
        await stack.enter_async_context(poster)
        return Channel(posting(poster, f'{{"jobId":"{job_id}","attempt":1,'), frames)
