"""The headers of every answer of the API: replies, errors, streams, empty ones.

An answer is somebody's own unless it says otherwise (`public.py`), so no cache keeps it.
"""

from collections.abc import Iterable, Mapping

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope, Send

from ashao.site.files import FILE_CSP, SECURITY_HEADERS

HEADERS = SECURITY_HEADERS | {
    "Content-Security-Policy": FILE_CSP,
    "Cache-Control": "no-store",
}


def raw_headers(more: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The API's, and more, as they are sent."""
    return [*_RAW, *_raw(more)]


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), text.encode()) for name, text in headers.items()]


_RAW = _raw(HEADERS)


def raw_headers_beside(names: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Those of the API that an answer does not say itself, as they are sent."""
    said = {*names}
    return [(name, text) for name, text in _RAW if name not in said]


async def answer_at_the_door(
    send: Send, status: int, headers: Mapping[str, str], body: bytes = b""
) -> None:
    """A whole answer with these headers beside the API's own, where no route is asked."""
    await send({"type": "http.response.start", "status": status, "headers": raw_headers(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def add_headers(message: Message, _: Scope) -> None:
    """Complete the head of an answer; what it says itself stays."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
