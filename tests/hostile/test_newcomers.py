"""Who forgets the cookie is not somebody new each time: limits and repeats hold by address."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator
from tests.support.wait import wait_until

LIMIT = 3
SEND = "/api/chat/send"
PROXY = {"ASHAO_TRUSTED_PROXIES": "127.0.0.1"}
PATIENT = {"ASHAO_WORKER_GRACE_MS": "600000", "ASHAO_IN_FLIGHT_ANONYMOUS": str(LIMIT)}
WAYS: list[dict[str, str]] = [{}, {"Cookie": "ashao_session=nobodys"}, {"Cookie": "ashao_session="}]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server that nobody helps, behind a proxy."""
    with orchestrator(tmp_path_factory.mktemp("town"), **PATIENT, **PROXY) as running:
        yield running


async def _send(
    town: Orchestrator, address: str, key: str = "", content: str = "Hello?", **more: str
) -> httpx.Response:
    headers = {"X-Forwarded-For": address, **more}
    if key:
        headers["Idempotency-Key"] = key
    async with httpx.AsyncClient(base_url=town.url, timeout=30) as http:
        return await http.post(SEND, json={"content": content}, headers=headers)


@pytest.mark.parametrize("number", range(len(WAYS)))
@pytest.mark.parametrize("at_once", [False, True])
async def test_an_address_without_a_session_waits_for_so_many_answers(
    town: Orchestrator, number: int, at_once: bool
) -> None:
    """One after another or all at once, without a cookie or with one that stands for nobody."""
    address = f"198.51.100.{10 * number + at_once}"
    sends = [_send(town, address, **WAYS[number]) for _ in range(3 * LIMIT)]
    replies = await asyncio.gather(*sends) if at_once else [await each for each in sends]
    assert sorted(each.status_code for each in replies) == [201] * LIMIT + [429] * 2 * LIMIT
    assert all(int(each.headers["retry-after"]) > 0 for each in replies if each.status_code == 429)


async def test_those_who_have_a_session_there_are_not_kept_waiting(town: Orchestrator) -> None:
    address = {"X-Forwarded-For": "198.51.100.100"}
    async with ChatClient(town.url) as visitor:
        visitor.http.headers.update(address)
        await visitor.send()
        for _ in range(2 * LIMIT):
            await _send(town, "198.51.100.100")
        assert (await _send(town, "198.51.100.100")).status_code == 429
        await visitor.send()
        assert (await _send(town, "198.51.100.101")).status_code == 201, "nor is anybody elsewhere"


async def test_what_has_ended_makes_room(town: Orchestrator) -> None:
    async with ChatClient(town.url) as visitor:
        visitor.http.headers.update({"X-Forwarded-For": "198.51.100.110"})
        job_id = await visitor.send()
        for _ in range(LIMIT - 1):
            assert (await _send(town, "198.51.100.110")).status_code == 201
        assert (await _send(town, "198.51.100.110")).status_code == 429
        await visitor.http.post("/api/chat/cancel", json={"jobId": job_id})
        assert (await _send(town, "198.51.100.110")).status_code == 201
        assert (await _send(town, "198.51.100.110")).status_code == 429


async def test_what_is_forgotten_makes_room(tmp_path: Path) -> None:
    """A job's own record is gone some time after its end."""
    with orchestrator(tmp_path, ASHAO_STREAM_TTL_S="1", **PATIENT) as running:
        async with ChatClient(running.url) as visitor:
            job_id = await visitor.send()
            for _ in range(LIMIT - 1):
                await _send(running, "")
            await visitor.http.post("/api/chat/cancel", json={"jobId": job_id})
            path = f"/api/chat/stream?jobId={job_id}"

            async def is_forgotten() -> bool:
                return (await visitor.http.get(path)).status_code == 404

            await wait_until(is_forgotten, "the job is gone", 20)
            statuses = [(await _send(running, "")).status_code for _ in range(2)]
            assert statuses == [201, 429]


async def test_a_key_without_a_session_leads_to_one_job(town: Orchestrator) -> None:
    """And whichever reply arrives, its cookie opens the answer."""
    replies = await asyncio.gather(*(_send(town, "198.51.100.120", "key") for _ in range(3)))
    replies.append(await _send(town, "198.51.100.120", "key"))
    assert [each.status_code for each in replies] == [201] * 4
    assert len({each.text for each in replies}) == 1
    assert len({each.headers["set-cookie"] for each in replies}) == 4
    sent = replies[0].json()
    for each in replies:
        async with httpx.AsyncClient(base_url=town.url, cookies=each.cookies) as http:
            kept = (await http.get(f"/api/conversations/{sent['conversationId']}")).json()
            assert [message["role"] for message in kept["messages"]].count("user") == 1


OTHERS: list[dict[str, Any]] = [
    {"address": "198.51.100.131"},
    {"key": "another"},
    {"content": "Something else?"},
    {"User-Agent": "another"},
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
async def test_nobody_else_gets_at_an_answer_by_a_key(
    town: Orchestrator, other: dict[str, Any]
) -> None:
    usual = {"address": f"198.51.100.{140 + OTHERS.index(other)}", "key": "key"}
    one = await _send(town, **usual)
    two = await _send(town, **usual | other)
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["jobId"] != two.json()["jobId"]
    async with httpx.AsyncClient(base_url=town.url, cookies=two.cookies) as http:
        path = f"/api/conversations/{one.json()['conversationId']}"
        assert (await http.get(path)).status_code == 404
