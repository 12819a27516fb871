"""Bodies that make no sense are refused in a sentence that repeats nothing of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ashao.api.wire import MAX_BODY_BYTES, MAX_CONTENT_CHARACTERS
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

CANARY = "quetzalcoatlus"
SEND = "/api/chat/send"

UNREADABLE = {
    "nothing": b"",
    "no JSON": b"{" + CANARY.encode(),
    "bytes that are not Unicode": b'{"content":"\xff\xfe' + CANARY.encode() + b'"}',
    "arrays in arrays": b"[" * 100_000,
    "arrays in a field": b'{"content":' + b"[" * 100_000,
    "a number beyond numbers": b'{"content":"a","tier":1e999}',
    "null": b"null",
    "two values": b'{"content":"a"}{"content":"b"}',
}
WRONG: dict[str, dict[str, Any]] = {
    "an unknown tier": {"content": "a", "tier": CANARY},
    "an unknown field": {"content": "a", CANARY: 1},
    "a list for text": {"content": [CANARY]},
    "a number for text": {"content": 7},
    "no text": {"tier": "pro"},
    "empty text": {"content": ""},
    "blank text": {"content": " \n\t "},
    "NUL in the text": {"content": CANARY + "\x00" + CANARY},
    "NUL at the end": {"content": CANARY + "\x00"},
    "too much text": {"content": "a" * (MAX_CONTENT_CHARACTERS + 1)},
    "an id that is none": {"content": "a", "conversationId": CANARY},
    "an id and a line break": {"content": "a", "conversationId": "a" * 32 + "\n"},
}


def _is_plain_refusal(reply: httpx.Response, status: int) -> bool:
    assert reply.status_code == status, reply.text
    problem = reply.json()
    assert set(problem) == {"error"}
    assert CANARY not in reply.text
    return not any(each in reply.text for each in ("Traceback", ".py", "msgspec", "litestar"))


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_a_body_that_cannot_be_read_is_refused(person: ChatClient, body: bytes) -> None:
    """However it is broken, it is the caller's fault and not ours."""
    headers = {"content-type": "application/json"}
    reply = await person.http.post(SEND, content=body, headers=headers)
    assert _is_plain_refusal(reply, 400)


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_field_is_named_and_its_value_is_not(
    person: ChatClient, body: dict[str, Any]
) -> None:
    """People paste secrets into wrong places; errors end up in logs."""
    assert _is_plain_refusal(await person.http.post(SEND, json=body), 400)


async def test_text_of_the_greatest_length_is_looked_at_at_once(person: ChatClient) -> None:
    """No text makes the check itself slow, also not one that nearly passes."""
    text = "a" * (MAX_CONTENT_CHARACTERS - 1) + "\x00"
    async with asyncio.timeout(2):
        reply = await person.http.post(SEND, json={"content": text})
    assert _is_plain_refusal(reply, 400)


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/x-msgpack",
        "text/plain",
        "text/json",
        "application/jsonx",
        "a/b",
        "",
    ],
)
async def test_a_body_of_another_kind_is_refused(person: ChatClient, kind: str) -> None:
    """A form or a text of another site cannot pass for JSON, whatever is in it."""
    headers = {"content-type": kind} if kind else {}
    for body in (f"content={CANARY}", f'{{"content":"{CANARY}"}}'):
        reply = await person.http.post(SEND, content=body.encode(), headers=headers)
        assert _is_plain_refusal(reply, 415)


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"]
)
async def test_json_is_known_by_any_of_its_names(person: ChatClient, kind: str) -> None:
    headers = {"content-type": kind}
    reply = await person.http.post(SEND, content=b'{"content":"a"}', headers=headers)
    assert reply.status_code == 201


async def test_a_body_over_the_limit_is_refused_by_its_announced_length(person: ChatClient) -> None:
    """413 before it is read."""
    body = b'{"content":"' + b"a" * MAX_BODY_BYTES + b'"}'
    assert _is_plain_refusal(await person.http.post(SEND, content=body), 413)


async def test_a_chunked_body_over_the_limit_is_refused(person: ChatClient) -> None:
    """The same without a length."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 8):
            yield b"a" * 1024

    assert _is_plain_refusal(await person.http.post(SEND, content=chunks()), 413)


async def test_an_endless_body_is_cut_off(server: Orchestrator) -> None:
    """The refusal comes while the client still sends, and the connection ends with it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(
            b"POST /api/chat/send HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        answered = asyncio.create_task(reader.readline())
        sent = 0
        while not answered.done():
            writer.write(b"4000\r\n" + b"a" * 0x4000 + b"\r\n")
            sent += 0x4000
            assert sent < 64 * MAX_BODY_BYTES, "it was read on and on"
            await writer.drain()
            await asyncio.sleep(0)
        assert b" 413 " in await answered
    finally:
        writer.close()


async def test_a_workers_wrong_fields_are_refused(worker: ScriptedWorker) -> None:
    """The same on the workers' door, field by field."""
    job = {"jobId": "a" * 32, "attempt": 1}
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("token", {**job, "seq": -1, "value": "a"}),
        ("token", {**job, "seq": 10**30, "value": "a"}),
        ("token", {**job, "seq": True, "value": "a"}),
        ("token", {**job, "seq": 0, "value": ""}),
        ("token", {**job, "seq": 0, "value": CANARY * 2000}),
        ("token", {**job, "attempt": 0, "seq": 0, "value": "a"}),
        ("token", {"jobId": "a" * 32, "seq": 0, "value": "a"}),
        ("complete", {"jobId": "a" * 32, "workerId": worker.id}),
        ("fail", {**job, "error": CANARY * 200}),
        ("claim", {"workerId": worker.id, "tier": CANARY}),
        ("claim", {"workerId": worker.id, "tier": "pro", "waitMs": 60_001}),
        ("heartbeat", {"workerId": worker.id, "jobs": [job] * 65}),
        ("heartbeat", {"workerId": worker.id, "tokensPerSecond": -1}),
        ("register", {"type": CANARY, "model": "m"}),
        ("register", {"type": "browser", "model": CANARY + "\n"}),
        ("register", {"type": "browser", "model": "m", "tiers": []}),
    ]
    for verb, body in wrong:
        assert _is_plain_refusal(await worker.post(verb, **body), 400), verb
