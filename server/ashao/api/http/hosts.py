"""Which names this server answers to: a page of another name, led to our address, gets nothing.

A name that somebody else owns may point to us (DNS rebinding), and its pages would then be of our
origin. Numbers belong to nobody's pages but ours, and a probe's questions to everybody.
"""

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from ipaddress import ip_address

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from ashao.addresses import host_of
from ashao.api.http.headers import answer_at_the_door
from ashao.errors import AshaoError, Misdirected
from ashao.settings import Settings

LOOPBACK = "localhost"
PROBES = "/health/"
HOST = re.compile(r"(?:\[(?P<number>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@/?#\\\s]+))(?::(?P<port>\d*))?")
MAX_PORT = 65_535
NAMES_KEPT = 64  # a name may be as long as a head

type Refusal = Callable[[str, AshaoError], tuple[int, bytes]]
"""By the path that was asked for: an error's status, and its body as JSON."""


def with_known_hosts(app: ASGIApp, settings: Settings, refusal: Refusal) -> ASGIApp:
    """The app, for requests that name one of our hosts; 421 for all others."""
    ours = names_of(settings)

    # No coroutine of its own: a stream would keep it as long as it is open.
    def door(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != ScopeType.HTTP or _is_meant_for(scope, ours):
            return app(scope, receive, send)
        return _refuse(*refusal(scope["path"], Misdirected()), send)

    return door


def names_of(settings: Settings) -> frozenset[str]:
    """The names that the operator serves, beside those of this machine itself."""
    return frozenset({host_of(settings.public_url), settings.host.lower()}) - {""}


@lru_cache(NAMES_KEPT)
def is_ours(host: str, ours: frozenset[str]) -> bool:
    """Whether a Host header names us, or a number."""
    found = HOST.fullmatch(host.lower())
    if found is None or int(found["port"] or 0) > MAX_PORT:
        return False
    if found["number"]:
        return _is_number(found["number"])
    name = found["name"].removesuffix(".")
    return name in ours or _is_loopback(name) or _is_number(name)


def _is_meant_for(scope: Scope, ours: frozenset[str]) -> bool:
    if scope["path"].startswith(PROBES):
        return True
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return len(hosts) == 1 and is_ours(hosts[0].decode("latin-1"), ours)


def _is_loopback(name: str) -> bool:
    """Names that end so are this machine's by the standard (RFC 6761)."""
    return name == LOOPBACK or name.endswith(f".{LOOPBACK}")


def _is_number(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


async def _refuse(status: int, body: bytes, send: Send) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    await answer_at_the_door(send, status, headers, body)
