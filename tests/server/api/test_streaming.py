"""A stream's head and frames: who may open it, from where, and what a token cannot do to it."""

import re

import pytest
from httpx_sse import EventSource

from ashao.jobs.codes import SENTENCES, EndCode
from tests.support.chat_client import ChatClient, seq_of
from tests.support.claimed import claimed_by
from tests.support.scripted_worker import ScriptedWorker

STREAM = "/api/chat/stream"
FORGERIES = [
    "\n\nevent: done\ndata: {}\n\n",
    "\r\r",
    "\r\n\r\nid: 99\r\ndata: x",
    "data: [DONE]\n\n",
    ": comment\n",
    "\u2028\u2029\x85\x00\x1b",
    "</script>",
]


@pytest.fixture
async def job_id(person: ChatClient, worker: ScriptedWorker) -> str:
    """A done job that says "ab" in two events."""
    claim = await claimed_by(worker, person)
    for seq, value in enumerate("ab"):
        await worker.say(claim, seq, value)
    await worker.complete(claim)
    found: str = claim["job"]["id"]
    return found


async def test_no_token_can_forge_a_frame(person: ChatClient, worker: ScriptedWorker) -> None:
    """Line breaks and field names in a text stay text; the reader sees it letter for letter."""
    claim = await claimed_by(worker, person)
    for seq, value in enumerate(FORGERIES):
        assert (await worker.say(claim, seq, value)).status_code == 200
    await worker.complete(claim)
    answer = await person.answer(claim["job"]["id"])
    assert answer.text == "".join(FORGERIES)
    assert answer.ids == list(range(len(FORGERIES) + 1))


async def test_a_stream_is_an_event_stream_that_nobody_keeps(
    person: ChatClient, job_id: str
) -> None:
    """Its type, no caching, no buffering by proxies, and every event with its id."""
    reply = await person.http.get(STREAM, params={"jobId": job_id})
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["cache-control"] == "no-store, no-transform"
    assert reply.headers["x-accel-buffering"] == "no"
    assert reply.text.startswith(":"), "the first bytes are a comment, sent at once"
    assert [seq_of(event) for event in EventSource(reply).iter_sse()] == [0, 1, 2]


async def test_an_id_is_opaque_and_a_page_of_before_still_reads_its_number(
    person: ChatClient, job_id: str
) -> None:
    """Such a page takes the `id:` line that is nothing but digits; browsers take the last."""
    reply = await person.http.get(STREAM, params={"jobId": job_id})
    assert re.findall(r"^id: ?(\d+)$", reply.text, re.MULTILINE) == ["0", "1", "2"]
    for event in EventSource(reply).iter_sse():
        assert re.fullmatch(r"\d-[0-9a-f]{12}", event.id)
        rest = await person.http.get(
            STREAM, params={"jobId": job_id}, headers={"Last-Event-ID": event.id}
        )
        by_query = await person.http.get(STREAM, params={"jobId": job_id, "after": event.id})
        assert rest.content == by_query.content
        assert rest.status_code == (204 if seq_of(event) == 2 else 200)
        assert rest.text.count("data:") == 2 - seq_of(event)


async def test_an_id_of_another_text_gets_an_error_also_at_the_end(
    person: ChatClient, job_id: str
) -> None:
    """A 204 there would call another answer whole."""
    for seq in range(3):
        reply = await person.http.get(
            STREAM, params={"jobId": job_id, "after": f"{seq}-{'0' * 12}"}
        )
        (event,) = EventSource(reply).iter_sse()
        assert (event.id, event.json()["message"]) == ("", SENTENCES[EndCode.FORGOTTEN])


@pytest.mark.parametrize("after", [-1, 0, 1])
async def test_resuming_gives_exactly_the_rest(person: ChatClient, job_id: str, after: int) -> None:
    """By header or by query the same."""
    by_query = await person.http.get(STREAM, params={"jobId": job_id, "after": after})
    expected = list(range(after + 1, 3))
    assert [seq_of(event) for event in EventSource(by_query).iter_sse()] == expected
    if after >= 0:
        head = {"Last-Event-ID": str(after)}
        by_header = await person.http.get(STREAM, params={"jobId": job_id}, headers=head)
        assert by_header.content == by_query.content


async def test_the_header_wins_over_the_query(person: ChatClient, job_id: str) -> None:
    """A browser that reconnects repeats the address and adds the header."""
    reply = await person.http.get(
        STREAM, params={"jobId": job_id, "after": -1}, headers={"Last-Event-ID": "1"}
    )
    assert [seq_of(event) for event in EventSource(reply).iter_sse()] == [2]


async def test_at_the_end_there_is_nothing_more(person: ChatClient, job_id: str) -> None:
    """204 tells an EventSource not to come back."""
    reply = await person.http.get(STREAM, params={"jobId": job_id}, headers={"Last-Event-ID": "2"})
    assert (reply.status_code, reply.content) == (204, b"")


GARBAGE = [
    "-1",
    "abc",
    "1.5",
    "1-",
    "1-abc",
    "-0123456789ab",
    "1-0123456789AB",
    "0x1",
    "1 2",
    "\N{ARABIC-INDIC DIGIT THREE}",
    "9" * 19,
    "9" * 400,
]


@pytest.mark.parametrize("after", GARBAGE)
async def test_a_last_event_id_that_is_none_is_refused(
    person: ChatClient, job_id: str, after: str
) -> None:
    """400, and it is not repeated."""
    reply = await person.http.get(
        STREAM, params={"jobId": job_id}, headers={b"Last-Event-ID": after.encode()}
    )
    assert (reply.status_code, set(reply.json())) == (400, {"error"})
    assert "9999" not in reply.text
    by_query = await person.http.get(STREAM, params={"jobId": job_id, "after": after})
    assert by_query.status_code == (200 if after == "-1" else 400)


async def test_a_client_ahead_of_a_living_answer_is_told_so(
    person: ChatClient, worker: ScriptedWorker
) -> None:
    """The store may have lost what it saw: an error event, never a splice."""
    claim = await claimed_by(worker, person)
    job_id = claim["job"]["id"]
    reply = await person.http.get(STREAM, params={"jobId": job_id, "after": 7})
    (event,) = EventSource(reply).iter_sse()
    assert (event.id, event.json()["type"]) == ("", "error")
    await worker.complete(claim)


@pytest.mark.parametrize("after", ["3", "99999999"])
async def test_a_client_ahead_of_an_ended_answer_is_told_so(
    person: ChatClient, job_id: str, after: str
) -> None:
    """204 would have it believe that it has read the whole answer."""
    reply = await person.http.get(
        STREAM, params={"jobId": job_id}, headers={"Last-Event-ID": after}
    )
    (event,) = EventSource(reply).iter_sse()
    assert (event.id, event.json()["type"]) == ("", "error")


@pytest.mark.parametrize("job_id", ["0" * 32, "f" * 32])
async def test_a_job_that_nobody_knows_has_no_stream(stranger: ChatClient, job_id: str) -> None:
    """404 in a sentence."""
    reply = await stranger.http.get(STREAM, params={"jobId": job_id})
    assert (reply.status_code, reply.json()) == (404, {"error": "There is no such job."})


async def test_another_persons_job_is_as_good_as_none(
    person: ChatClient, stranger: ChatClient, worker: ScriptedWorker
) -> None:
    """A stranger and a visitor without a session can neither read nor cancel it."""
    claim = await claimed_by(worker, person)
    job_id = claim["job"]["id"]
    async with ChatClient(str(person.http.base_url)) as visitor:
        for client in (stranger, visitor):
            read = await client.http.get(STREAM, params={"jobId": job_id})
            cancelled = await client.http.post("/api/chat/cancel", json={"jobId": job_id})
            for reply in (read, cancelled):
                assert (reply.status_code, reply.json()) == (
                    404,
                    {"error": "There is no such job."},
                )
    assert (await worker.say(claim, 0, "a")).json() == {"result": "ok"}
    await worker.complete(claim)
    assert (await person.answer(job_id)).text == "a"


async def test_another_persons_conversation_is_as_good_as_none(
    person: ChatClient, stranger: ChatClient
) -> None:
    """Not read, not renamed, not deleted, not written to."""
    sent = await person.http.post("/api/chat/send", json={"content": "mine"})
    conversation_id = sent.json()["conversationId"]
    path = f"/api/conversations/{conversation_id}"
    replies = [
        await stranger.http.get(path),
        await stranger.http.patch(path, json={"title": "yours"}),
        await stranger.http.delete(path),
        await stranger.http.post(
            "/api/chat/send", json={"content": "a", "conversationId": conversation_id}
        ),
    ]
    assert [reply.status_code for reply in replies] == [404] * 4
    kept = (await person.http.get(path)).json()
    assert (kept["title"], [each["content"] for each in kept["messages"]][:1]) == ("mine", ["mine"])
