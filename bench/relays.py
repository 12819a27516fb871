"""Opens token channels, each a post and the stream that it ends in: on ashao, and on the floor."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ashao.jobs.store import Rules
from bench.process import bare_relay
from bench.wire import Poster, events
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import commanded
from tests.support.scripted_worker import ScriptedWorker

LONG_MS = 3_600_000
PATIENT = Rules(grace_ms=LONG_MS, lease_ms=LONG_MS, first_token_ms=LONG_MS)
WORD = b"word "
PIECE = b'"seq":%d,"value":"%b","tokens":%d}'


@dataclass(frozen=True, slots=True)
class Channel:
    """One answer: `head` begins the body of each of its posts."""

    poster: Poster
    frames: AsyncGenerator[bytes]
    head: bytes

    async def say(self, seq: int, tokens: int) -> None:
        """Post a piece of so many tokens."""
        await self.poster.post(self.head + PIECE % (seq, WORD * tokens, tokens))

    async def heard(self) -> None:
        """Return once the next piece is at the reader."""
        while b'"value"' not in await anext(self.frames):
            pass


@dataclass(frozen=True, slots=True)
class Relay:
    """A running server and its open channels."""

    pid: int
    port: int
    channels: list[Channel]


@asynccontextmanager
async def floor(folder: Path, url: str, count: int) -> AsyncGenerator[Relay]:
    """The bare relay, on the store at `url`."""
    async with AsyncExitStack() as stack:
        relay = stack.enter_context(bare_relay(url))
        channels = []
        for number in range(count):
            path = f"/{number}"
            frames = await stack.enter_async_context(aclosing(events(relay.port, path, {})))
            await anext(frames)
            poster = await stack.enter_async_context(Poster(relay.port, path, {}))
            channels.append(Channel(poster, frames, b"{"))
        yield Relay(relay.pid, relay.port, channels)


@asynccontextmanager
async def ashao(folder: Path, url: str, count: int) -> AsyncGenerator[Relay]:
    """The product, on the same store; every channel is a person's answer by a worker."""
    times = ("WORKER_GRACE_MS", "LEASE_MS", "FIRST_TOKEN_MS")
    settings = {"ASHAO_REDIS_URL": url} | {f"ASHAO_{name}": str(LONG_MS) for name in times}
    with commanded(folder / f"ours-{count}", **settings) as running:
        async with AsyncExitStack() as stack:
            person = await stack.enter_async_context(ChatClient(running.url))
            worker = ScriptedWorker(running.url, kind="native", tiers=["pro"], slots=64)
            await stack.enter_async_context(worker)
            bearer = {"Authorization": f"Bearer {worker.token}"}
            channels, claims = [], []
            for _ in range(count):
                job_id = await person.send()
                claims.append(await worker.claim())
                cookies = "; ".join(f"{key}={value}" for key, value in person.http.cookies.items())
                path = f"/api/chat/stream?jobId={job_id}"
                reading = events(running.port, path, {"Cookie": cookies})
                frames = await stack.enter_async_context(aclosing(reading))
                await anext(frames)
                poster = Poster(running.port, "/api/worker/token", bearer)
                await stack.enter_async_context(poster)
                head = b'{"jobId":"%b","attempt":1,' % job_id.encode()
                channels.append(Channel(poster, frames, head))
            yield Relay(running.pid, running.port, channels)
            for claim in claims:
                await worker.complete(claim)
