"""What is the same for everybody is compressed and kept; what is somebody's own never is."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from ashao.store.embedded import EmbeddedStore
from tests.support.api_keys import created_key
from tests.support.chat_client import ChatClient
from tests.support.claimed import claim_of
from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

DOCUMENTS = ["/api/models", "/schema/openapi.json"]
PAGES = ["/", "/worker.html", "/account.html", "/models.json"]
HASHED = ["style.css", "chat.js", "pyodide.asm.wasm", "pyodide-lock.json"]
ALL_CODINGS = {"Accept-Encoding": "gzip, deflate, br"}
NO_GZIP = ["identity", "", "gzip;q=0", "GZIP; Q=0.000, *", "br", "xgzip"]
GZIP = ["gzip", "deflate, GZip;q=0.5", "br,gzip ;q=1"]
MODEL = "asked-for-here-only"  # other tests' workers may still be there
QUESTION = {"model": MODEL, "messages": [{"role": "user", "content": "Well?"}]}


@pytest.fixture
async def http(server: Orchestrator) -> AsyncIterator[httpx.AsyncClient]:
    """A client that takes every coding, and has no session."""
    async with httpx.AsyncClient(base_url=server.url, headers=ALL_CODINGS, timeout=60) as client:
        yield client


@pytest.fixture
async def app(http: httpx.AsyncClient) -> str:
    """Where the hashed files are."""
    found = re.search(r"/app/[0-9a-f]+/", (await http.get("/")).text)
    assert found
    return found.group()


@pytest.mark.parametrize("path", DOCUMENTS + PAGES)
async def test_what_may_change_is_compressed_and_asked_for_again(
    http: httpx.AsyncClient, path: str
) -> None:
    reply = await http.get(path)
    assert reply.headers["content-encoding"] in ("br", "gzip")
    assert (reply.headers["cache-control"], reply.headers["vary"]) == (
        "no-cache",
        "Accept-Encoding",
    )
    plain = await http.get(path, headers={"Accept-Encoding": "identity"})
    assert plain.content == reply.content
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", HASHED)
async def test_what_never_changes_is_compressed_and_kept_for_ever(
    http: httpx.AsyncClient, app: str, name: str
) -> None:
    reply = await http.get(app + name)
    assert reply.headers["content-encoding"] in ("br", "gzip")
    assert "immutable" in reply.headers["cache-control"]
    assert reply.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", DOCUMENTS + PAGES)
async def test_who_has_it_gets_no_body_again(http: httpx.AsyncClient, path: str) -> None:
    etag = (await http.get(path)).headers["etag"]
    again = await http.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert again.headers["vary"] == "Accept-Encoding"
    other = await http.get(path, headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.headers["etag"]) == (200, etag)


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_a_coding_is_used_only_where_it_is_taken(http: httpx.AsyncClient, path: str) -> None:
    for codings in (*GZIP, *NO_GZIP):
        reply = await http.get(path, headers={"Accept-Encoding": codings})
        assert ("content-encoding" in reply.headers) == (codings in GZIP), codings
        assert reply.json()


async def test_one_of_several_tags_is_enough(http: httpx.AsyncClient) -> None:
    etag = (await http.get("/api/models")).headers["etag"]
    for tags in (f'"a", {etag}', etag.removeprefix("W/"), "*"):
        reply = await http.get("/api/models", headers={"If-None-Match": tags})
        assert reply.status_code == 304, tags


@pytest.mark.parametrize("path", ["/api/network", "/metrics", "/schema/nothing", "/api/nothing"])
async def test_other_answers_go_as_they_are(http: httpx.AsyncClient, path: str) -> None:
    assert not {"content-encoding", "etag"} & set((await http.get(path)).headers)


async def test_somebodys_own_words_are_never_compressed(
    server: Orchestrator, worker: ScriptedWorker
) -> None:
    """Neither as a stream nor from the history, nor for programs."""
    async with ChatClient(server.url) as person:
        person.http.headers.update(ALL_CODINGS)
        job_id = await person.send("a" * 2_000)
        await _answer(worker, "a" * 2_000)
        stream = await person.http.get("/api/chat/stream", params={"jobId": job_id})
        kept = await person.http.get("/api/conversations")
        conversation_id = kept.json()["conversations"][0]["id"]
        opened = await person.http.get(f"/api/conversations/{conversation_id}")
    assert stream.headers["content-type"].startswith("text/event-stream")
    for reply in (stream, kept, opened):
        assert reply.status_code == 200
        assert "content-encoding" not in reply.headers


@pytest.mark.parametrize("is_stream", [False, True])
async def test_answers_to_programs_are_never_compressed(
    server: Orchestrator, is_stream: bool
) -> None:
    key = await created_key(EmbeddedStore(server.data_dir).url)
    headers = ALL_CODINGS | {"Authorization": f"Bearer {key}"}
    async with (
        ScriptedWorker(server.url, model=MODEL) as worker,
        httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as http,
    ):
        body = QUESTION | {"stream": is_stream}
        asking = asyncio.create_task(http.post("/v1/chat/completions", json=body))
        await _answer(worker, "Well?")
        reply = await asking
    assert reply.status_code == 200
    assert "content-encoding" not in reply.headers


async def _answer(worker: ScriptedWorker, question: str) -> None:
    claimed = await claim_of(worker, question)
    await worker.say(claimed, 0, "b" * 500)
    assert (await worker.complete(claimed)).status_code == 200
