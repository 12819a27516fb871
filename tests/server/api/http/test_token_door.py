"""A piece by the short way and by the routes: the same answer, whatever becomes of it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ashao.api.http.token_door import with_token_door
from ashao.api.wire import MAX_BODY_BYTES
from ashao.jobs.publish import LONGEST_UNSEEN, MAX_VALUE_BYTES
from tests.support.chat_client import ChatClient
from tests.support.claimed import claimed_by
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.own_store import OwnStore, own_store
from tests.support.scripted_worker import ScriptedWorker

PLAIN, BY_ROUTE = "application/json", "application/json; charset=utf-8"
NOBODY = "0" * 32


async def _post(
    worker: ScriptedWorker, body: bytes, kind: str, **headers: str
) -> tuple[httpx.Response, dict[str, str]]:
    """The answer, and its headers without the moment."""
    head = {"Authorization": f"Bearer {worker.token}", "Content-Type": kind} | headers
    reply = await worker.http.post("/api/worker/token", content=body, headers=head)
    return reply, {name: text for name, text in reply.headers.items() if name != "date"}


async def _alike(worker: ScriptedWorker, body: bytes, **headers: str) -> httpx.Response:
    """The answer of both ways, which is one."""
    (plain, heads), (by_route, other) = [
        await _post(worker, body, kind, **headers) for kind in (PLAIN, BY_ROUTE)
    ]
    assert (plain.status_code, plain.content) == (by_route.status_code, by_route.content)
    assert heads == other
    return plain


def _piece(claim: dict[str, Any], **fields: Any) -> bytes:
    held = {"jobId": claim["job"]["id"], "attempt": claim["attempt"], "seq": 1, "value": "b"}
    return json.dumps(held | fields).encode()


CLAIMED: list[tuple[int, dict[str, Any]]] = [
    (200, {"seq": 0, "value": "a"}),  # a repeat
    (200, {"seq": 0, "value": "a", "more": [1, {"deep": None}]}),
    (200, {"seq": "0", "value": "a"}),  # the routes read numbers in strings, too
    (409, {"seq": 0, "value": "other"}),
    (409, {"seq": 2}),
    (409, {"attempt": 2}),
    (404, {"jobId": NOBODY}),
    (413, {"value": "\N{SNOWMAN}" * 16_000 + " "}),
    (413, {"value": "\N{GRINNING FACE}" * (MAX_VALUE_BYTES // 4 + 1)}),
    (400, {"value": ""}),
    (409, {"seq": 0, "value": "\ud800"}),  # read with a mark in its place: another text
    (400, {"seq": -1}),
    (400, {"jobId": "x"}),
    (400, {"tokens": 1.5}),
    (409, {"seq": 3, "value": " " * (LONGEST_UNSEEN + 1)}),
]


class TakenAtTheDoor(Exception):
    """The short way."""


async def test_a_plain_piece_is_taken_before_the_routes() -> None:
    body = _piece({"job": {"id": NOBODY}, "attempt": 1})
    head = {"authorization": "Bearer a.b", "content-type": PLAIN, "content-length": str(len(body))}
    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/api/worker/token",
        "headers": [(name.encode(), text.encode()) for name, text in head.items()],
    }

    def services() -> Any:
        raise TakenAtTheDoor

    async def routes(*_: Any) -> None:
        raise AssertionError

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    with pytest.raises(TakenAtTheDoor):
        await with_token_door(routes, services)(scope, receive, routes)


async def test_a_piece_has_the_same_answer_by_both_ways(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    claim = await claimed_by(worker, person)
    assert (await worker.say(claim, 0, "a")).status_code == 200
    for status, fields in CLAIMED:
        reply = await _alike(worker, _piece(claim, **fields))
        assert reply.status_code in (status, 400), (status, fields, reply.text)
    await worker.complete(claim)
    assert (await _alike(worker, _piece(claim))).status_code == 409


BODIES = [b"", b"{", b"[]", b"null", b'"\xff"', b"[" * 100_000, b'{"jobId":"\xff"}', b"\x00"]


@pytest.mark.parametrize("body", BODIES)
async def test_a_body_that_is_none_is_refused_alike(worker: ScriptedWorker, body: bytes) -> None:
    assert (await _alike(worker, body)).status_code == 400


HEADS = [
    (401, {"Authorization": "Bearer x"}),
    (401, {"Authorization": f"Bearer {NOBODY}.x"}),
    (401, {"Authorization": "Basic eDp4"}),
    (401, {"Authorization": "Bearer"}),
    (413, {"Content-Length": str(MAX_BODY_BYTES + 1)}),
    (421, {"Host": "elsewhere.example"}),
]


@pytest.mark.parametrize(("status", "head"), HEADS)
async def test_a_head_is_refused_alike(
    worker: ScriptedWorker, status: int, head: dict[str, str]
) -> None:
    body = _piece({"job": {"id": NOBODY}, "attempt": 1})
    body = body.ljust(int(head.get("Content-Length", "0")))
    assert (await _alike(worker, body, **head)).status_code == status


@pytest.mark.parametrize("scheme", ["bearer {}", "BEARER   {}", "Bearer  {}", "Bearer {}"])
async def test_a_secret_is_read_alike(worker: ScriptedWorker, scheme: str) -> None:
    body = _piece({"job": {"id": NOBODY}, "attempt": 1})
    reply = await _alike(worker, body, Authorization=scheme.format(worker.token))
    assert reply.status_code == 404


async def test_a_body_in_pieces_is_read_whole(person: ChatClient, worker: ScriptedWorker) -> None:
    """It comes when it comes, with its length or without."""
    claim = await claimed_by(worker, person)

    async def slowly(body: bytes) -> Any:
        for each in body:
            yield bytes([each])
            await asyncio.sleep(0)

    for seq, length in enumerate((True, False)):
        body = _piece(claim, seq=seq)
        head = {"Authorization": f"Bearer {worker.token}", "Content-Type": PLAIN}
        head |= {"Content-Length": str(len(body))} if length else {}
        reply = await worker.http.post("/api/worker/token", content=slowly(body), headers=head)
        assert reply.json() == {"result": "ok"}
    await worker.complete(claim)


@pytest.fixture
def away(tmp_path: Path) -> Iterator[tuple[Orchestrator, OwnStore]]:
    """A server whose store can be stopped."""
    with (
        own_store("redis-server", tmp_path / "store") as store,
        orchestrator(tmp_path / "server", ASHAO_REDIS_URL=store.url) as running,
    ):
        yield running, store


async def test_a_store_that_is_away_is_told_alike(away: tuple[Orchestrator, OwnStore]) -> None:
    running, store = away
    async with ScriptedWorker(running.url) as worker:
        body = _piece({"job": {"id": NOBODY}, "attempt": 1})
        store.kill()
        assert (await _alike(worker, body)).status_code == 503
        store.start()
