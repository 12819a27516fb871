"""Sending: once although asked twice, only from our own pages, and not too often."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator, orchestrator

SEND = "/api/chat/send"


async def _send(person: ChatClient, key: str, content: str = "Hello?", **more: Any) -> Any:
    body = {"content": content, **more}
    return await person.http.post(SEND, json=body, headers={"Idempotency-Key": key})


async def test_the_same_key_and_body_give_the_same_job(stranger: ChatClient) -> None:
    """A client that lost the reply may ask again."""
    first = await _send(stranger, "k1")
    again = await _send(stranger, "k1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    listed = (await stranger.http.get("/api/conversations")).json()["conversations"]
    assert [each["id"] for each in listed].count(first.json()["conversationId"]) == 1


async def test_the_same_key_with_another_body_is_a_conflict(stranger: ChatClient) -> None:
    """409, and the first job stands."""
    assert (await _send(stranger, "k2")).status_code == 201
    refused = await _send(stranger, "k2", "Something else?")
    assert (refused.status_code, set(refused.json())) == (409, {"error"})


async def test_the_same_key_at_the_same_moment_gives_one_job(stranger: ChatClient) -> None:
    """Two tabs, one retry: one question, one answer."""
    replies = await asyncio.gather(*(_send(stranger, "k3") for _ in range(6)))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.text for reply in replies}) == 1
    conversation_id = replies[0].json()["conversationId"]
    kept = (await stranger.http.get(f"/api/conversations/{conversation_id}")).json()
    assert [each["role"] for each in kept["messages"]].count("user") == 1


async def test_another_persons_key_is_another_key(stranger: ChatClient, person: ChatClient) -> None:
    """Keys are by owner: nobody gets at an answer by guessing one."""
    await person.send()
    theirs, ours = await _send(stranger, "k4"), await _send(person, "k4")
    assert theirs.json()["jobId"] != ours.json()["jobId"]


CROSS_SITE = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://["},
    {"origin": ""},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
]


@pytest.mark.parametrize("headers", CROSS_SITE)
async def test_another_sites_page_cannot_write_with_our_cookie(
    stranger: ChatClient, headers: dict[str, str]
) -> None:
    """Neither send, nor cancel, nor delete; the body's type makes no difference."""
    job_id = await stranger.send()
    calls: list[tuple[str, str, bytes]] = [
        ("POST", SEND, b'{"content":"a"}'),
        ("POST", "/api/chat/cancel", f'{{"jobId":"{job_id}"}}'.encode()),
        ("DELETE", "/api/conversations", b""),
        ("PATCH", f"/api/conversations/{job_id}", b'{"title":"a"}'),
    ]
    for method, path, body in calls:
        head = {**headers, "content-type": "text/plain"}
        reply = await stranger.http.request(method, path, content=body, headers=head)
        assert (reply.status_code, set(reply.json())) == (403, {"error"}), path


async def test_our_own_pages_and_programs_may_write(
    stranger: ChatClient, server: Orchestrator
) -> None:
    """The same origin passes, and so does a program that says nothing of the kind."""
    own: list[dict[str, str]] = [
        {},
        {"origin": server.url},
        {"sec-fetch-site": "same-origin", "origin": server.url},
        {"sec-fetch-site": "none"},
    ]
    for headers in own:
        reply = await stranger.http.post(SEND, json={"content": "a"}, headers=headers)
        assert reply.status_code == 201, headers


async def test_the_session_cookie_is_out_of_reach(person: ChatClient) -> None:
    """Of scripts, and of other sites; each message makes it live as long as the session does."""
    first = await person.http.post(SEND, json={"content": "a"})
    name, *flags = [each.strip() for each in first.headers["set-cookie"].split(";")]
    assert name.startswith("ashao_session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(flags)
    assert "Secure" not in flags, "a browser would drop it on plain http"
    second = await person.http.post(SEND, json={"content": "a"})
    assert second.headers["set-cookie"] == first.headers["set-cookie"]
    assert f"Max-Age={30 * 24 * 3600}" in flags


async def test_too_many_sends_are_told_when_to_come_back(tmp_path: Path) -> None:
    """429 with Retry-After, the limit in the sentence; over TLS the cookie is Secure."""
    limits = {"ASHAO_SENDS_PER_MINUTE": "3", "ASHAO_PUBLIC_URL": "https://chat.example.org"}
    with orchestrator(tmp_path, **limits) as server:
        async with httpx.AsyncClient(base_url=server.url) as http:
            replies = [await http.post(SEND, json={"content": "a"}) for _ in range(8)]
            registered = [
                await http.post("/api/worker/register", json={"type": "browser", "model": "m"})
                for _ in range(8)
            ]
    kept = replies[0].headers["set-cookie"]
    assert "Secure" in kept
    assert kept.startswith("__Host-ashao_session="), "no neighbour's site below us may set it"
    for asked in (replies, registered):
        # The last may be of a new minute; of eight in two minutes four are of one.
        refused = next(each for each in asked if each.status_code == 429)
        assert "3 a minute" in refused.json()["error"]
        assert 0 < int(refused.headers["retry-after"]) <= 60
