"""A page of somebody else's name, led to our address, gets nothing: we know only our own names."""

import socket
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ashao.api.http.hosts import is_ours, names_of
from ashao.commands.supervisor import ChildProcess
from ashao.settings import Settings
from ashao.variable import BadSetting
from tests.support.orchestrator import Orchestrator, orchestrator

SITE = "https://Chat.Example.org:8443"
PATHS = [
    "/",
    "/api/network",
    "/api/chat/send",
    "/v1/models",
    "/v1/messages",
    "/metrics",
    "/schema/openapi.json",
]
OTHERS = [
    "evil.example",
    "evil.example:8443",
    "chat.example.org.evil.example",
    "evilchat.example.org",
    "example.org",
    "localhost.evil.example",
    "evillocalhost",
    "chat.example.org@evil.example",
    "evil.example@localhost",
    "localhost:99999",
    "localhost:80:80",
    "[localhost]",
    "[::1",
    "2130706433",
    "0x7f.1",
    "127.0.0.1.evil.example",
    "localhost, evil.example",
    "loc\xe4lhost",
    "",
]
OURS = [
    "chat.example.org",
    "CHAT.example.ORG:8443",
    "chat.example.org.",
    "box.lan:80",
    "localhost",
    "LocalHost:8000",
    "a.b.localhost:1",
    "127.0.0.1",
    "203.0.113.5:8000",
    "[2001:db8::1]:443",
    "[::ffff:10.0.0.1]",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    """A server that people know by a name."""
    with orchestrator(tmp_path_factory.mktemp("hosts"), ASHAO_PUBLIC_URL=SITE) as running:
        yield running


def _names() -> frozenset[str]:
    return names_of(Settings(public_url=SITE, host="Box.lan"))


@pytest.mark.parametrize("host", OTHERS)
def test_no_other_name_is_ours(host: str) -> None:
    assert not is_ours(host, _names())


@pytest.mark.parametrize("host", OURS)
def test_our_names_are_known_in_any_spelling(host: str) -> None:
    assert is_ours(host, _names())


labels = st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True)


@given(parts=st.lists(labels, min_size=1, max_size=4), port=st.integers(0, 99_999))
def test_whatever_name_somebody_registers_it_is_not_ours(parts: list[str], port: int) -> None:
    name = ".".join([*parts, "example"])
    assert not is_ours(name, _names())
    assert not is_ours(f"{name}:{port}", _names())


@pytest.mark.parametrize("path", PATHS)
def test_another_name_is_answered_421_with_a_sentence(site: Orchestrator, path: str) -> None:
    """Pages, files and documents alike, in the shape of each side."""
    method = "POST" if path.endswith("send") else "GET"
    with httpx.Client(base_url=site.url) as http:
        reply = http.request(method, path, headers={"Host": "evil.example"})
        error = reply.json()["error"]
        sentence = error["message"] if path.startswith("/v1") else error
        assert (reply.status_code, reply.headers["cache-control"]) == (421, "no-store")
        assert "ASHAO_PUBLIC_URL" in sentence
        assert "evil" not in reply.text
        known = http.request(method, path, headers={"Host": "chat.example.org"})
        assert known.status_code != 421


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /api/network HTTP/1.0", 421),
        ("GET /health/live HTTP/1.0", 200),
        ("GET /api/network HTTP/1.1\r\nHost: localhost\r\nHost: evil.example", 421),
        ("GET http://localhost/api/network HTTP/1.1\r\nHost: evil.example", 421),
        ("GET /health/live HTTP/1.1\r\nHost: probe.internal", 200),
    ],
)
def test_who_names_no_host_or_two_is_not_meant_for_us(
    site: Orchestrator, line: str, status: int
) -> None:
    """But a probe asks by whatever name it knows."""
    with socket.create_connection(("127.0.0.1", site.port), 10) as connection:
        connection.sendall(f"{line}\r\nConnection: close\r\n\r\n".encode())
        head = connection.recv(4096).split(b"\r\n")[0]
    assert head.split()[1] == b"%d" % status


def test_every_process_knows_the_host_that_a_flag_named(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(
        "ashao.commands.supervisor.subprocess.Popen", lambda command, **_: commands.append(command)
    )
    with socket.socket() as listener:
        ChildProcess(listener, "box.lan")
    assert commands[0][commands[0].index("--host") + 1] == "box.lan"


@pytest.mark.parametrize(
    "wrong", ["chat.example.org", "ftp://a.example", "https://", "http://[", "a b"]
)
def test_a_public_url_that_is_no_origin_ends_the_start_with_one_sentence(wrong: str) -> None:
    with pytest.raises(BadSetting, match="^ASHAO_PUBLIC_URL must be an origin such as"):
        Settings.from_environment({"ASHAO_PUBLIC_URL": wrong})
