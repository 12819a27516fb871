"""Messages that are too large or never become whole end by themselves, with an answer."""

import asyncio
from contextlib import suppress

import pytest

from ashao.commands.connections import Patience
from tests.support.bounded_server import (
    CHUNKED,
    GET,
    NEVER,
    POST,
    sentence,
    status,
    to_the_end,
    town,
)
from tests.support.wait import wait_until

SHORT = Patience(head_s=0.3, body_s=0.3, idle_s=1, unread_s=1, head_bytes=4096)

SLOW = {
    "half a request line": (b"GET / HT", 408),
    "half a head": (GET + b"X-Half: ", 408),
    "half a body": (POST + b"abc", 408),
    "no chunk of a body": (CHUNKED, 408),
    "half a chunk": (CHUNKED + b"ff\r\nabc", 408),
    "half a trailer": (CHUNKED + b"1\r\na\r\n0\r\nX-Half: ", 408),
}


@pytest.mark.parametrize("kind", SLOW)
async def test_what_never_becomes_whole_is_answered_and_closed(kind: str) -> None:
    sent, expected = SLOW[kind]
    async with town(SHORT) as running:
        reply = await running.ask(sent)
        assert (status(reply), sentence(reply)) == (
            expected,
            "The request took too long to arrive.",
        )
        await wait_until(lambda: running.open == 0, "the server forgets it")


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_who_says_nothing_is_closed_without_a_word(sent: bytes) -> None:
    """Browsers connect in advance."""
    async with town(SHORT) as running:
        reply = await running.ask(sent)
        assert reply == b"" or (sent and status(reply) == 408)


@pytest.mark.parametrize("prefix", [GET, POST, CHUNKED, b"", GET + b"\r\n"])
async def test_trickling_buys_no_time(prefix: bytes) -> None:
    """A letter now and then, at the head, at the body, or blank lines between two requests."""
    trickle = b"\r\n" if not prefix or prefix.endswith(b"t\r\n\r\n") else b"a"
    trickle = {CHUNKED: b"1\r\na\r\n"}.get(prefix, trickle)
    async with town(SHORT) as running:
        reader, writer = await running.connect()
        writer.write(prefix)
        ending = asyncio.ensure_future(to_the_end(reader))
        while not ending.done():
            with suppress(ConnectionError):
                writer.write(trickle)
                await writer.drain()
            await asyncio.wait({ending}, timeout=0.02)
        writer.close()
        await wait_until(lambda: running.open == 0, "the server forgets it")


async def test_who_is_answered_early_may_not_go_on_sending_for_ever() -> None:
    async with town(SHORT) as running:
        reply = await running.ask(POST.replace(b"POST /", b"POST /early") + b"abc")
        assert status(reply) == 200
        assert reply.count(b"HTTP/1.1") == 1


async def test_who_says_nothing_after_an_answer_is_closed() -> None:
    async with town(SHORT) as running:
        assert status(await running.ask(GET + b"\r\n")) == 200


async def test_who_does_not_read_is_closed() -> None:
    """Whatever the server still had for it."""
    async with town(SHORT) as running:
        _, writer = await running.connect(limit=1024)
        writer.write(b"GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await wait_until(lambda: running.open == 1, "it is there")
        await wait_until(lambda: running.open == 0, "the server gives up")
        writer.transport.abort()


LONG = b"a" * 600_000  # more than is received at once
LARGE = {
    "a URL": b"GET /" + b"a" * 5000,
    "a header": GET + b"X-Large: " + b"a" * 5000,
    "a header's name": GET + b"a" * 5000,
    "many headers": GET + b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(1000)),
    "a whole head": GET + b"X-Large: " + b"a" * 5000 + b"\r\n\r\n",
    "a trailer": CHUNKED + b"0\r\nX-Large: " + LONG,
    "many trailers": CHUNKED + b"0\r\n" + b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(60_000)),
    "a chunk's extension": CHUNKED + b"1;" + LONG,
}


@pytest.mark.parametrize("kind", LARGE)
async def test_heads_have_a_size(kind: str) -> None:
    async with town(NEVER) as running:
        reply = await running.ask(LARGE[kind])
        assert (status(reply), sentence(reply)) == (
            431,
            "The headers of the request are too large.",
        )


async def test_what_is_not_http_is_told_so() -> None:
    async with town(NEVER) as running:
        assert status(await running.ask(b"\x16\x03\x01\x02\x00\r\n\r\n")) == 400


@pytest.mark.parametrize("size", [0, 1, 4096, 100_000])
async def test_bodies_are_no_heads_however_they_are_cut(size: int) -> None:
    """In one piece, or in chunks of a letter."""
    chunks = [b"1\r\na\r\n"] * size
    whole = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    closing = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with town(NEVER) as running:
        for request in (whole % size + b"a" * size, closing + b"".join(chunks) + b"0\r\n\r\n"):
            reply = await running.ask(request)
            assert status(reply) == 200
            assert b"\r\n%d\r\n" % size in reply
