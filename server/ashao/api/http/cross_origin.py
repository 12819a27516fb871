"""Pages of other sites may speak to `/v1`: a key says who asks, and a cookie says nothing there.

No other path ever invites them, for there a visitor's cookie is believed.
"""

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ashao.api.http.headers import answer_at_the_door

FOR_KEYS = "/v1/"
INVITATION = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Ashao-Notice, Retry-After, WWW-Authenticate",
}
# "*" stands for every header but Authorization, which has to be named (Fetch, section 3.3.4).
PREFLIGHT = INVITATION | {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, *",
    "Access-Control-Max-Age": "7200",
}


def with_cross_origin_keys(app: ASGIApp) -> ASGIApp:
    """The app, whose answers below `/v1` any page may read; their preflights are answered here."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(FOR_KEYS):
            await app(scope, receive, send)
        elif _is_preflight(scope):
            await answer_at_the_door(send, 204, PREFLIGHT)  # a browser sends no key along
        else:
            await app(scope, receive, _inviting(send))

    return door


def _is_preflight(scope: Scope) -> bool:
    headers = Headers.from_scope(scope)
    return (
        scope.get("method") == "OPTIONS"
        and "origin" in headers
        and "access-control-request-method" in headers
    )


def _inviting(send: Send) -> Send:
    async def inviting(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableScopeHeaders.from_message(message).update(INVITATION)
        await send(message)

    return inviting
