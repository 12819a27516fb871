"""A worker's piece of an answer, taken before the routes: it is most of what a server is asked.

Only what is plainly such a piece is taken here. Whatever is in doubt goes on to the app with its
body as it came, and is refused there; what the store refuses is said by the same table (errors.py).
"""

import re
from collections.abc import Callable

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, ReceiveMessage, Scope, Send

from ashao.api.attempts import take_piece
from ashao.api.http.errors import refuse_at_the_door
from ashao.api.http.ready_answer import ReadyAnswer
from ashao.api.wire import MAX_BODY_BYTES, Accepted, TokenBody
from ashao.errors import AshaoError
from ashao.services import Services

PATH = "/api/worker/token"
JSON = b"application/json"
SECRET = re.compile(rb"Bearer ([!-~]+)")

_decode = msgspec.json.Decoder(TokenBody).decode
ANSWERS = {
    result: ReadyAnswer(
        {"Content-Type": "application/json"}, msgspec.json.encode(Accepted(result=result))
    )
    for result in ("ok", "repeat")
}


def with_token_door(app: ASGIApp, services: Callable[[], Services]) -> ASGIApp:
    """The app, behind a short way for pieces; `services` are asked for once it has started."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"] != PATH:
            await app(scope, receive, send)
        elif (token := _plain_token(scope)) is None:
            await app(scope, receive, send)
        elif (piece := _piece(message := await receive())) is None:
            await app(scope, _replaying(message, receive), send)
        else:
            await _take(services(), token, piece, scope, send)

    return door


def _plain_token(scope: HTTPScope) -> str | None:
    """The worker's token, if the head is plainly that of a small piece of JSON."""
    lines = list(scope["headers"])
    headers = dict(lines)
    if scope["method"] != "POST" or len(headers) != len(lines):
        return None
    size = headers.get(b"content-length", b"")
    if headers.get(b"content-type") != JSON or not size.isdigit() or int(size) > MAX_BODY_BYTES:
        return None
    found = SECRET.fullmatch(headers.get(b"authorization", b""))
    return None if found is None else found[1].decode("ascii")


def _piece(message: ReceiveMessage) -> TokenBody | None:
    """What a request's first message says, if that is all of it and says it well."""
    if message["type"] != "http.request" or message.get("more_body"):
        return None
    try:
        return _decode(message["body"])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _replaying(message: ReceiveMessage, receive: Receive) -> Receive:
    """The request again from its first message."""
    waiting = [message]

    async def again() -> ReceiveMessage:
        return waiting.pop() if waiting else await receive()

    return again


async def _take(services: Services, token: str, piece: TokenBody, scope: Scope, send: Send) -> None:
    try:
        worker = await services.workers.authenticate(token, may_be_cached=True)
        result = await take_piece(services, worker, piece)
    except AshaoError as error:
        await refuse_at_the_door(send, error)
    else:
        await ANSWERS[result].give(scope, send)
