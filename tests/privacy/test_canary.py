"""After a job ends, nothing we keep for running it holds a word of it: every place is searched.

One person's history is the one place where words stay, until it is deleted. `test_refusals.py` goes
on at the doors where no job begins.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from ashao.store.embedded import EmbeddedStore
from tests.support.chat_client import ChatClient
from tests.support.claimed import claimed_by
from tests.support.fake_openai import FakeOpenAI
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.scripted_http import served
from tests.support.scripted_worker import ScriptedWorker
from tests.support.traces import value_of
from tests.support.wait import wait_until

CANARY = "quetzalcoatlus"
TOLD = f"It is the {CANARY}."
WITHIN_S = 25.0


@dataclass
class Day:
    """A server on which much was said, and what it answered to bad requests."""

    server: Orchestrator
    data: Path
    cookies: dict[str, str]
    error_responses: list[httpx.Response] = field(default_factory=list)
    was_in_files: bool = False

    def store(self) -> Redis:
        """A look into its store."""
        socket = EmbeddedStore(self.data).socket
        return Redis(unix_socket_path=str(socket), decode_responses=True)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Every way in which words can pass through, on a server that logs all it would ever log."""
    folder = tmp_path_factory.mktemp("canary")
    provider = FakeOpenAI()
    settings = {
        "ASHAO_LOG_LEVEL": "debug",
        "ASHAO_STREAM_TTL_S": "1",
        "ASHAO_WORKER_GRACE_MS": "1500",
    }
    with (
        served(provider, "/v1"),
        orchestrator(
            folder,
            ASHAO_OPENAI_BASE_URL=provider.base_url,
            ASHAO_OPENAI_MODEL="m",
            **settings,
        ) as server,
    ):
        day = Day(server, folder / "data", {})
        asyncio.run(_live(day, provider))
        yield day


async def _live(day: Day, provider: FakeOpenAI) -> None:
    async with ChatClient(day.server.url) as person, ScriptedWorker(day.server.url) as worker:
        await _a_worker_answers(person, worker)
        day.was_in_files = bool(_files_with_canary(day.data / "store"))
        await _a_cancel(person, worker)
        provider.says(TOLD)
        await _a_provider_answers(person)
        provider.reset()
        provider.fails(400, words=TOLD, code=CANARY)
        await _a_worker_and_a_provider_fail(person, worker)
        day.error_responses += await _bad_requests(person, worker)
        day.cookies = dict(person.http.cookies)


async def _a_worker_answers(person: ChatClient, worker: ScriptedWorker) -> None:
    claim = await claimed_by(worker, person, content=TOLD)
    await worker.think(claim, 0, TOLD)
    for seq in range(1, 4):
        await worker.say(claim, seq, TOLD)
    await worker.complete(claim)
    answer = await person.answer(claim["job"]["id"])
    assert CANARY in answer.text
    assert CANARY in answer.thoughts


async def _a_cancel(person: ChatClient, worker: ScriptedWorker) -> None:
    claim = await claimed_by(worker, person, content=TOLD)
    await worker.say(claim, 0, TOLD)
    await person.http.post("/api/chat/cancel", json={"jobId": claim["job"]["id"]})


async def _a_provider_answers(person: ChatClient) -> None:
    headers = {"Idempotency-Key": CANARY, "User-Agent": CANARY, "X-Request-Id": CANARY}
    sent = await person.http.post("/api/chat/send", json={"content": TOLD}, headers=headers)
    assert TOLD in (await person.answer(sent.json()["jobId"])).text


async def _a_worker_and_a_provider_fail(person: ChatClient, worker: ScriptedWorker) -> None:
    claim = await claimed_by(worker, person, content=TOLD)
    job_id = claim["job"]["id"]
    await worker.say(claim, 0, TOLD)
    await worker.post("fail", jobId=job_id, attempt=1, error=TOLD)
    answer = await person.answer(job_id)
    assert answer.last["type"] == "error"
    assert CANARY not in str(answer.last)


async def _bad_requests(person: ChatClient, worker: ScriptedWorker) -> list[httpx.Response]:
    bodies: dict[str, tuple[str, ...]] = {
        "/api/chat/send": ("content", "tier", "conversationId", "retryOf", CANARY),
        "/api/chat/cancel": ("jobId", CANARY),
        "/api/worker/register": ("type", "model", "tiers", "contextTokens"),
        "/api/worker/claim": ("workerId", "tier", "waitMs"),
        "/api/worker/token": ("jobId", "attempt", "seq", "value", "tokens", "kind"),
        "/api/worker/complete": ("jobId", "attempt", "seq", "tokens", "workerId"),
        "/api/worker/fail": ("jobId", "attempt", "error"),
        "/api/worker/heartbeat": ("workerId", "jobs", "tokensPerSecond"),
        "/api/worker/release": ("workerId", "token", "jobs"),
    }
    headers = {"Authorization": f"Bearer {worker.token}"}
    values: list[Any] = [CANARY, [CANARY], {CANARY: CANARY}, CANARY + "\x00", CANARY * 4000]
    replies = [
        await person.http.post(path, json={name: value}, headers=headers)
        for path, names in bodies.items()
        for name in names
        for value in values
    ]
    places = ("/api/chat/stream?jobId=", "/api/conversations/", "/", "/models/", "/schema/")
    replies += [await person.http.get(path + CANARY) for path in places]
    replies.append(await person.http.post("/api/chat/send", content=b"{" + CANARY.encode()))
    replies.append(await worker.http.post("/api/worker/token", headers={"Authorization": CANARY}))
    return replies


def _files_with_canary(folder: Path) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file() and CANARY.encode() in path.read_bytes():
                found.append(path.name)
        except FileNotFoundError:  # rewritten at this very moment
            continue
    return found


def _keys_with_canary(redis: Redis) -> list[str]:
    return [key for key in redis.scan_iter() if CANARY in f"{key} {value_of(redis, key)}"]


def test_no_error_repeats_what_was_sent(day: Day) -> None:
    """Whatever field it was in."""
    refused = [reply for reply in day.error_responses if reply.status_code >= 400]
    assert len(refused) > 100
    assert [reply.request.url.path for reply in refused if CANARY in reply.text] == []
    assert [reply.status_code for reply in refused if reply.status_code >= 500] == []


async def test_no_key_of_the_store_holds_a_word(day: Day) -> None:
    """Once the short time of the streams is over; waiting for nothing else."""
    with day.store() as redis:
        await wait_until(lambda: not list(redis.scan_iter("ashao:job:*")), "no job", WITHIN_S)
        assert _keys_with_canary(redis) == []


async def test_no_file_of_the_store_holds_a_word(day: Day) -> None:
    """With its file of every write on; the search itself is proved by what it found before."""
    assert day.was_in_files
    await wait_until(
        lambda: not _files_with_canary(day.data / "store"), "files without it", WITHIN_S
    )


def test_the_store_keeps_no_list_of_slow_commands(day: Day) -> None:
    """Such a list would hold their arguments, which are people's words."""
    with day.store() as redis:
        assert redis.config_get("slowlog-log-slower-than") == {"slowlog-log-slower-than": "-1"}


def test_no_line_of_the_log_holds_a_word(day: Day) -> None:
    """At the level at which it says the most."""
    assert CANARY not in day.server.log_text()
    assert "Traceback" not in day.server.log_text()


def test_no_figure_holds_a_word(day: Day) -> None:
    """Neither for operators nor for the pages."""
    with httpx.Client(base_url=day.server.url) as http:
        for path in ("/metrics", "/api/network", "/health/ready", "/schema/openapi.json"):
            assert CANARY not in http.get(path).text


async def test_deleted_history_is_gone_from_the_disk(day: Day) -> None:
    """Until then it is there, for its owner; afterwards not even in the write-ahead file."""
    async with ChatClient(day.server.url) as person:
        person.http.cookies.update(day.cookies)
        assert CANARY in (await person.http.get("/api/conversations")).text
        assert _files_with_canary(day.data)
        assert (await person.http.delete("/api/conversations")).status_code == 204
        await wait_until(lambda: not _files_with_canary(day.data), "a forgotten history", WITHIN_S)
