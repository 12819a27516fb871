"""A server of before the house was rebuilt runs beside ours on one store and one history; an
operator rolls forward and back, and neither readers nor workers nor accounts notice."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.story.conftest import PATIENT
from tests.support.chat_client import Answer, ChatClient
from tests.support.older_server import older_sources
from tests.support.orchestrator import Orchestrator, commanded, orchestrator
from tests.support.own_store import own_store
from tests.support.passing_time import LEASE_MS, pass_time, until_queued
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until

OLDER = "86eb04a"
TIMES = PATIENT
WORDS = ["Two ", "houses, ", "one ", "answer", "."]
TEXT = "".join(WORDS)
NAMES = ("older", "ours")
IDS = re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}|[\w-]{43}|(?<=deadlines:{)[0-9]+")
Pair = dict[str, Orchestrator]


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that run the older server."""
    return older_sources(OLDER, tmp_path_factory.mktemp("older"))


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str], older: dict[str, str]
) -> Iterator[Pair]:
    """Both at once; the older one came first."""
    folder = tmp_path_factory.mktemp("pair")
    shared = settings | {"ASHAO_DATA_DIR": str(folder / "data")}
    with (
        commanded(folder / "older", **shared, **older) as first,
        orchestrator(folder / "ours", **shared) as second,
    ):
        yield {"older": first, "ours": second}


@pytest.mark.parametrize(("here", "there"), [NAMES, NAMES[::-1]])
async def test_what_is_asked_at_one_is_written_at_the_other(
    pair: Pair, here: str, there: str
) -> None:
    async with ChatClient(pair[here].url) as person, ScriptedWorker(pair[there].url) as worker:
        job_id = await person.send()
        claimed = await worker.claim()
        for seq, word in enumerate(WORDS):
            assert (await worker.say(claimed, seq, word)).status_code == 200
        assert (await worker.complete(claimed)).status_code == 200
        for url in (pair[here].url, pair[there].url):
            async with person.at(url) as reader:
                answer = await reader.answer(job_id)
                assert (answer.text, answer.last) == (TEXT, {"type": "done", "tokens": len(WORDS)})
                await _until_kept(reader)


@pytest.mark.parametrize(("first", "second"), [NAMES, NAMES[::-1]])
async def test_a_worker_of_one_is_followed_by_a_worker_of_the_other(
    pair: Pair, store_at: str, first: str, second: str
) -> None:
    """Mid-sentence: neither a gap nor a repeat."""
    async with (
        ChatClient(pair[second].url) as person,
        ScriptedWorker(pair[first].url) as lost,
        ScriptedWorker(pair[second].url) as saved,
    ):
        job_id = await person.send()
        claimed = await lost.claim()
        for seq in range(2):
            await lost.say(claimed, seq, WORDS[seq])
        await pass_time(store_at, job_id, LEASE_MS * 2)
        await until_queued(store_at, job_id)
        claimed = await saved.claim()
        assert claimed["messages"][-1] == {"role": "assistant", "content": "".join(WORDS[:2])}
        for seq in range(2, len(WORDS)):
            await saved.say(claimed, seq, WORDS[seq])
        await saved.complete(claimed)
        assert (await person.answer(job_id)).text == TEXT


async def test_thoughts_written_at_ours_are_no_text_at_the_older(pair: Pair, store_at: str) -> None:
    """Its readers see a piece without text, its workers go on from the words, and it keeps them."""
    ours, older = pair["ours"].url, pair["older"].url
    async with (
        ChatClient(older) as person,
        ScriptedWorker(ours) as lost,
        ScriptedWorker(older) as saved,
    ):
        job_id = await person.send()
        claimed = await lost.claim()
        await lost.think(claimed, 0, "Houses?")
        await lost.say(claimed, 1, WORDS[0])
        await lost.think(claimed, 2, "Two of them.")
        await pass_time(store_at, job_id, LEASE_MS * 2)
        await until_queued(store_at, job_id)
        claimed = await saved.claim()
        assert claimed["messages"][-1] == {"role": "assistant", "content": WORDS[0]}
        assert claimed["nextSeq"] == 3
        for seq, word in enumerate(WORDS[1:], 3):
            await saved.say(claimed, seq, word)
        await saved.complete(claimed)
        async with person.at(ours) as reader:
            seen = await reader.answer(job_id)
        assert (seen.text, seen.thoughts) == (TEXT, "Houses?Two of them.")
        seen = await person.answer(job_id)
        assert (seen.text, seen.thoughts, len(seen.ids)) == (TEXT, "", 8)
        await _until_kept(person)


async def test_an_answer_survives_rolling_forward_and_back(
    tmp_path: Path, settings: dict[str, str], older: dict[str, str]
) -> None:
    """On one data folder, while one answer is being written."""
    shared = settings | {"ASHAO_DATA_DIR": str(tmp_path / "data")}
    seen, claimed, cookies, worker = Answer(), {}, httpx.Cookies(), None
    job_id, token = "", ""
    for turn, variables in enumerate((older, {}, older)):
        with _running(tmp_path / str(turn), shared, variables) as server:
            async with ChatClient(server.url) as person:
                person.http.cookies.update(cookies)
                if worker is None:
                    worker = ScriptedWorker(server.url)
                    await worker.register()
                    job_id = await person.send()
                    claimed, cookies = await worker.claim(), person.http.cookies
                else:
                    token = worker.token
                    worker = worker.at(server.url)
                    assert worker.token == token
                for seq in range(turn * 2, min(turn * 2 + 2, len(WORDS))):
                    assert (await worker.say(claimed, seq, WORDS[seq])).status_code == 200
                if turn == 2:
                    await worker.complete(claimed)
                async for event in person.events(job_id, seen.ids[-1] if seen.ids else None):
                    if seen.take(event) or len(seen.ids) == turn * 2 + 2:
                        break
                await worker.http.aclose()
    assert (seen.text, seen.last["type"]) == (TEXT, "done")


async def test_ours_writes_all_the_keys_fields_tables_and_metrics_of_the_older(
    tmp_path: Path, older: dict[str, str]
) -> None:
    """What a store holds after the same life, with every id replaced by a star; ours adds to it."""
    older_traces = await _traces_of_a_life(tmp_path / "older", older)
    our_traces = await _traces_of_a_life(tmp_path / "ours", {})
    for what, names in older_traces.items():
        assert _without(names, our_traces[what]) == [], what


def _without(names: Any, others: Any) -> list[object]:
    """Which of the names the others lack; of a table of names, which of each row's."""
    if isinstance(names, dict):
        return [
            (row, missing)
            for row, each in names.items()
            if (missing := _without(each, others.get(row, ())))
        ]
    return [name for name in names if name not in others]


async def _traces_of_a_life(folder: Path, variables: dict[str, str]) -> dict[str, Any]:
    with own_store("redis-server", folder / "store") as store, store.client() as redis:
        settings = PATIENT | {"ASHAO_REDIS_URL": store.url}
        with _running(folder, settings, variables) as server:
            await _life(server)
            async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
                metrics = _names((await http.get("/metrics")).text)
            tables = _tables(server.data_dir / "ashao.sqlite")
            return {"keys": _shape(redis), "tables": tables, "metrics": metrics}


def _running(
    folder: Path, settings: dict[str, str], variables: dict[str, str]
) -> AbstractContextManager[Orchestrator]:
    start = commanded if variables else orchestrator
    return start(folder, **settings, **variables)


async def _life(server: Orchestrator) -> None:
    """One answer given, one broken off, one cancelled, one that waits."""
    async with ChatClient(server.url) as person, ScriptedWorker(server.url) as worker:
        for ending in ("complete", "fail"):
            await person.send()
            claimed = await worker.claim()
            await worker.say(claimed, 0, TEXT)
            await worker.beat(claimed)
            await getattr(worker, ending)(claimed)
            if ending == "complete":
                await _until_kept(person)
        await person.send()


async def _until_kept(person: ChatClient) -> None:
    """Wait until the answer is in the history."""

    async def is_kept() -> bool:
        listed = (await person.http.get("/api/conversations")).json()
        newest = listed["conversations"][0]["id"]
        whole = (await person.http.get(f"/api/conversations/{newest}")).json()
        return any(each.get("content") == TEXT for each in whole["messages"])

    await wait_until(is_kept, "the answer is kept")


def _shape(redis: Any) -> dict[str, list[str]]:
    """Each pattern of keys, and the fields of its hashes."""
    shape: dict[str, set[str]] = {}
    for key in redis.scan_iter("*"):
        fields = redis.hkeys(key) if redis.type(key) == "hash" else [redis.type(key)]
        shape.setdefault(IDS.sub("*", key), set()).update(IDS.sub("*", field) for field in fields)
    return {pattern: sorted(fields) for pattern, fields in sorted(shape.items())}


def _tables(database: Path) -> dict[str, list[object]]:
    """Each table's columns, and each index."""
    with sqlite3.connect(database) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        found = {
            name: [row[1:] for row in connection.execute(f"PRAGMA table_info('{name}')")] or [sql]
            for name, sql in made
        }
    connection.close()
    return found


def _names(exposition: str) -> list[str]:
    return sorted({line.split("{")[0].split(" ")[0] for line in exposition.splitlines()} - {"#"})
