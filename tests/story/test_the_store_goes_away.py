"""The store dies, sleeps or is full, in the middle of an answer; the reader sees a pause."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import Answer, ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.own_store import OwnStore, own_store
from tests.support.scripted_worker import ScriptedWorker
from tests.support.stores import KINDS
from tests.support.wait import wait_until

WORDS = ["The ", "store ", "was ", "away", "."]
TEXT = "".join(WORDS)
AWAY_S = 10


@pytest.fixture(scope="module", params=KINDS)
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OwnStore]:
    """A store that only these tests use."""
    with own_store(request.param, tmp_path_factory.mktemp("own") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, store: OwnStore) -> Iterator[Orchestrator]:
    """An orchestrator on it."""
    settings = PATIENT | {"ASHAO_REDIS_URL": store.url}
    with orchestrator(tmp_path_factory.mktemp("server"), **settings) as running:
        yield running


class Scene:
    """An answer in the making: its reader has the first two words."""

    def __init__(self, person: ChatClient, worker: ScriptedWorker) -> None:
        self.person = person
        self.worker = worker
        self.answer = Answer()
        self.breaks = 0

    async def open(self) -> "Scene":
        """Ask, claim, say two words and see them read."""
        self.job_id = await self.person.send()
        self.claimed = await self.worker.claim()
        self.reading = asyncio.create_task(self._read())
        for seq in range(2):
            await self.say(seq)
        await wait_until(lambda: self.answer.ids == [0, 1], "two words are read")
        return self

    async def _read(self) -> None:
        """In one connection: it must not break."""
        async for event in self.person.events(self.job_id):
            self.answer.take(event)

    async def say(self, seq: int) -> None:
        """As the real worker does: the very same again until it is taken."""

        async def is_taken() -> bool:
            reply = await self.worker.say(self.claimed, seq, WORDS[seq])
            assert reply.status_code in (200, 503), reply.text
            return reply.status_code == 200

        await wait_until(is_taken, f"word {seq} is taken", 20)

    async def finish(self) -> None:
        """Say the rest; the reader, who never came back, has it all once."""
        for seq in range(2, len(WORDS)):
            await self.say(seq)
        assert (await self.worker.complete(self.claimed)).status_code == 200
        await self.reading
        assert (self.answer.text, self.answer.ids) == (TEXT, list(range(len(WORDS) + 1)))
        assert self.answer.last == {"type": "done", "tokens": len(WORDS)}


async def _readiness(person: ChatClient) -> httpx.Response:
    return await person.http.get("/health/ready")


async def _until_away(person: ChatClient) -> httpx.Response:
    """What it says of itself is a second old at most, and may be from before."""
    said: list[httpx.Response] = []

    async def is_away() -> bool:
        said.append(await _readiness(person))
        return said[-1].status_code == 503

    await wait_until(is_away, "it says that its store is away", 20)
    return said[-1]


async def _until_ready(person: ChatClient) -> None:
    async def is_ready() -> bool:
        return (await _readiness(person)).status_code == 200

    await wait_until(is_ready, "ready again", 20)


async def test_a_store_that_is_killed_and_restarted_costs_no_token(
    person: ChatClient, worker: ScriptedWorker, store: OwnStore
) -> None:
    """Every write is on its disk before it is acknowledged; the open stream goes on."""
    scene = await Scene(person, worker).open()
    store.kill()
    store.start()
    await scene.finish()


async def test_while_the_store_is_away_everybody_is_told_to_come_back(
    person: ChatClient, worker: ScriptedWorker, store: OwnStore
) -> None:
    """Frozen for ten seconds: 503 with Retry-After, not ready, and the stream stays open."""
    scene = await Scene(person, worker).open()
    store.freeze()
    until_back = asyncio.create_task(asyncio.sleep(AWAY_S))
    try:
        refused, ready = await asyncio.gather(
            person.http.post("/api/chat/send", json={"content": "Anybody?"}), _until_away(person)
        )
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert ready.json()["store"] != "ok"
        await until_back
        assert not scene.reading.done()
    finally:
        until_back.cancel()
        store.thaw()
    await _until_ready(person)
    await scene.finish()


async def test_a_full_store_is_an_outage_that_ends_when_there_is_room(
    person: ChatClient, worker: ScriptedWorker, store: OwnStore
) -> None:
    """Out of memory, it refuses writes: nothing is lost, and all goes on afterwards."""
    scene = await Scene(person, worker).open()
    store.fill()
    try:
        full = [
            await person.http.post("/api/chat/send", json={"content": "Any room?"}),
            await worker.say(scene.claimed, 2, WORDS[2]),
            await worker.post("claim", workerId=worker.id, tier="pro", waitMs=0),
        ]
        assert [each.status_code for each in full] == [503, 503, 503]
        assert all(int(each.headers["Retry-After"]) >= 1 for each in full)
        assert (await _until_away(person)).json()["store"] == "StoreUnavailable"
    finally:
        store.empty()
    await _until_ready(person)
    await scene.finish()
    second = await Scene(person, worker).open()
    await second.finish()
