"""One address takes some connections and never all; who is refused is told, and so is the log."""

import asyncio
import resource
import socket
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from ashao.commands import connections
from ashao.commands.connections import RESERVED_DESCRIPTORS, Connections, raise_descriptor_limit
from ashao.settings import Settings
from tests.support.bounded_server import (
    GET,
    MANY_DESCRIPTORS,
    NEVER,
    Town,
    sentence,
    status,
    to_the_end,
    town,
)
from tests.support.orchestrator import Orchestrator
from tests.support.wait import wait_until


async def _held(running: Town, stack: list[asyncio.StreamWriter], most: int) -> bytes:
    """Connect until one is refused; what that one was told."""
    for _ in range(most):
        _, writer = await running.connect()
        stack.append(writer)
    await wait_until(lambda: running.open == most, "they are there")
    reader, writer = await running.connect()
    stack.append(writer)
    return await to_the_end(reader)


@pytest.fixture
def nobody_is_exempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests can come from this machine only."""
    monkeypatch.setattr(connections, "LOOPBACK", ())


@pytest.mark.usefixtures("nobody_is_exempt")
async def test_an_address_has_so_many_connections_and_closing_one_makes_room() -> None:
    async with town(NEVER, settings=Settings(connections_per_address=3)) as running:
        held: list[asyncio.StreamWriter] = []
        reply = await _held(running, held, 3)
        assert (status(reply), b"\r\nRetry-After: 5\r\n" in reply) == (429, True)
        assert "close some" in sentence(reply)
        held[0].close()
        await wait_until(lambda: running.open == 2, "it is forgotten")
        closing = GET + b"Connection: close\r\n\r\n"
        assert status(await running.ask(closing)) == 200
        for writer in held:
            writer.close()


@pytest.mark.usefixtures("nobody_is_exempt")
async def test_a_trusted_proxy_has_as_many_as_there_are() -> None:
    settings = Settings(connections_per_address=3, trusted_proxies="127.0.0.0/8")
    async with town(NEVER, settings=settings) as running:
        held = [(await running.connect())[1] for _ in range(20)]
        assert status(await running.ask(GET + b"Connection: close\r\n\r\n")) == 200
        for writer in held:
            writer.close()


async def test_descriptors_are_kept_for_the_stores() -> None:
    """Also from this very machine: behind an untold proxy everybody is there."""
    settings = Settings(connections_per_address=1)
    async with town(NEVER, RESERVED_DESCRIPTORS + 4, settings) as running:
        held: list[asyncio.StreamWriter] = []
        reply = await _held(running, held, 4)
        assert (status(reply), b"\r\nRetry-After: 5\r\n" in reply) == (503, True)
        for writer in held:
            writer.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.1", "::ffff:203.0.113.1"),
        ("2001:db8::1", "2001:db8::ffff"),
    ],
)
def test_spellings_of_one_address_are_one(one: str, other: str) -> None:
    counted = Connections(Settings(connections_per_address=1), MANY_DESCRIPTORS, NEVER)
    assert counted.add(one) is None
    assert counted.add(other) == "address"
    counted.remove(other)
    assert counted.add("198.51.100.1") is None
    counted.remove(one)
    assert counted.add(other) is None


def test_a_flood_is_a_line_a_minute_with_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("ashao.commands.connections.time.monotonic", lambda: now)
    rare = connections.RareLog()
    with capture_logs() as lines:
        for number in range(1000):
            now = number / 10
            rare.count("head")
            rare.count("address")
    assert [(line["kind"], line["count"]) for line in lines] == [
        ("head", 1),
        ("address", 1),
        ("head", 600),
        ("address", 600),
    ]


@pytest.mark.parametrize(("soft", "hard", "lines"), [(100, 1024, 1), (1024, 65536, 0)])
def test_as_many_descriptors_as_there_may_be_are_taken(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, lines: int
) -> None:
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: limits.append(both))
    with capture_logs() as said:
        assert raise_descriptor_limit() == hard
    assert limits == [(hard, hard)]
    assert len(said) == lines


REAL = {
    "431": GET + b"X-Large: " + b"a" * 100_000 + b"\r\n\r\n",
    "400": b"nonsense\r\n\r\n",
}


@pytest.mark.parametrize("expected", REAL)
def test_the_product_is_served_so(server: Orchestrator, expected: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        with suppress(ConnectionError):
            connection.sendall(REAL[expected])
        assert connection.recv(4096).split()[1] == expected.encode()
    before = server.log_text().count("Traceback")
    assert before == 0
