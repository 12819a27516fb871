"""The short way to a stream: whoever takes it or does not is answered alike."""

from typing import Any

import httpx
import pytest

from ashao.api.stream_door import with_stream_door
from tests.support.chat_client import ChatClient
from tests.support.claimed import claimed_by
from tests.support.scripted_worker import ScriptedWorker

STREAM = "/api/chat/stream"
# The door takes only what asks for a stream and nothing else; the route does not mind.
BY_THE_ROUTE = {"more": "words"}
HEADS = [{}, {"Last-Event-ID": "0"}, {"Last-Event-ID": "1"}, {"Last-Event-ID": "0-000000000000"}]


@pytest.fixture
async def job_id(person: ChatClient, worker: ScriptedWorker) -> str:
    """A done job that says "a"."""
    claim = await claimed_by(worker, person)
    await worker.say(claim, 0, "a")
    await worker.complete(claim)
    found: str = claim["job"]["id"]
    return found


async def _answers(http: httpx.AsyncClient, job_id: str, head: dict[str, str]) -> list[Any]:
    """Status, headers and body by the door, then by the route."""
    seen = []
    for more in ({}, BY_THE_ROUTE):
        reply = await http.get(STREAM, params={"jobId": job_id, **more}, headers=head)
        lines = sorted((name, text) for name, text in reply.headers.items() if name != "date")
        seen.append((reply.status_code, lines, reply.content))
    return seen


@pytest.mark.parametrize("head", HEADS)
async def test_a_stream_is_the_same_by_either_way(
    person: ChatClient, job_id: str, head: dict[str, str]
) -> None:
    """From the start, from the middle, at the end, and for an id of another text."""
    by_the_door, by_the_route = await _answers(person.http, job_id, head)
    assert by_the_door == by_the_route


async def test_a_stranger_is_refused_alike(stranger: ChatClient, job_id: str) -> None:
    by_the_door, by_the_route = await _answers(stranger.http, job_id, {})
    assert by_the_door == by_the_route
    assert by_the_door[0] == 404


class TakenAtTheDoor(Exception):
    """The short way."""


@pytest.mark.parametrize("seen", [None, "0-0123456789ab"])
async def test_a_plain_stream_is_opened_before_the_routes(seen: str | None) -> None:
    scope: Any = {
        "type": "http",
        "method": "GET",
        "path": STREAM,
        "query_string": b"jobId=" + b"0" * 32,
        "headers": [] if seen is None else [(b"last-event-id", seen.encode())],
    }

    def services() -> Any:
        raise TakenAtTheDoor

    async def routes(*_: Any) -> Any:
        raise AssertionError

    with pytest.raises(TakenAtTheDoor):
        await with_stream_door(routes, services)(scope, routes, routes)
