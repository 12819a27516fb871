"""Documents that are the same for everybody: compressed, and not sent again to who has them.

Only they are. The size of a compressed answer tells whether it repeats what its asker sent along
(BREACH), so answers with anybody's own words or secrets, streams among them, go as they are.
"""

import gzip
from functools import lru_cache
from hashlib import sha256

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from ashao.variable import listed

DOCUMENTS = 8  # more than there are


def public_document(app: ASGIApp) -> ASGIApp:
    """A route's middleware: its good answer gets an ETag, gzip, or becomes a 304."""

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers.from_scope(scope)
        await app(scope, receive, _published(send, asked))

    return route


def _published(send: Send, asked: Headers) -> Send:
    start: HTTPResponseStartEvent | None = None
    parts: list[bytes] = []

    async def published(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and message["status"] == 200:
            start = message
        elif start is None or message["type"] != "http.response.body":
            await send(message)
        else:
            parts.append(message["body"])
            if not message["more_body"]:
                for each in _answer(start, b"".join(parts), asked):
                    await send(each)

    return published


def _answer(start: HTTPResponseStartEvent, body: bytes, asked: Headers) -> tuple[Message, Message]:
    """Head and body as this caller takes them."""
    etag, compressed = _forms(body)
    headers = MutableScopeHeaders.from_message(start)
    # Weak, as it names the document and not one of its forms (RFC 9110, section 8.8.1).
    headers.update({"ETag": f"W/{etag}", "Cache-Control": "no-cache", "Vary": "Accept-Encoding"})
    if _has(asked.getall("if-none-match", []), etag):
        start["status"], body = 304, b""
        del headers["content-length"], headers["content-type"]
    elif _takes_gzip(asked.getall("accept-encoding", [])):
        body = compressed
        headers.update({"Content-Encoding": "gzip", "Content-Length": str(len(body))})
    return start, {"type": "http.response.body", "body": body, "more_body": False}


@lru_cache(maxsize=DOCUMENTS)
def _forms(body: bytes) -> tuple[str, bytes]:
    """A document's tag, and what it is compressed to: worked out once for each."""
    return f'"{sha256(body).hexdigest()[:32]}"', gzip.compress(body, mtime=0)


def _has(lines: list[str], etag: str) -> bool:
    return any(each.strip().removeprefix("W/") in (etag, "*") for each in listed(",".join(lines)))


def _takes_gzip(lines: list[str]) -> bool:
    """Whether gzip is named and not refused by a weight of zero."""
    for each in listed(",".join(lines)):
        coding, _, weight = each.replace(" ", "").lower().partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" if weight else True
    return False
