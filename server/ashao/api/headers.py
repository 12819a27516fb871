"""The headers of every answer of the API: replies, errors, streams, empty ones.

An answer is somebody's own unless it says otherwise, so no cache keeps it.
"""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from ashao.api.site import FILE_CSP, SECURITY_HEADERS

HEADERS = SECURITY_HEADERS | {
    "Content-Security-Policy": FILE_CSP,
    "Cache-Control": "no-store",
}


async def add_headers(message: Message, _: Scope) -> None:
    """Complete the head of an answer; what it says itself stays."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
