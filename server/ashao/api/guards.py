"""Who is calling: the session behind a cookie, and whether a write comes from our own pages."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ashao.api.cookie import secret_in
from ashao.api.parts import Parts
from ashao.errors import Forbidden, NotSignedIn

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})


def same_origin(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse writes that another site's page makes with our visitor's cookie.

    Browsers say where a request comes from (Fetch Metadata, or the Origin header); programs say
    neither and pass: they have no cookie that they did not fetch themselves.
    """
    if connection.scope.get("method") in SAFE_METHODS:
        return
    if is_from_elsewhere(connection):
        raise Forbidden("Another site may not do this here.")


def is_from_elsewhere(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the browser says that another site's page makes this request."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site not in OWN_SITES
    origin = connection.headers.get("origin")
    return origin is not None and _host_in(origin) != connection.headers.get("host", "")


def _host_in(origin: str) -> str | None:
    """The name and port of an origin; None for what is none, such as that of a sandbox."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


async def owner_of(request: Request[Any, Any, Any], parts: Parts) -> str | None:
    """The owner behind the request's session cookie, if it has a live one."""
    token = secret_in(request, parts.settings)
    return await parts.sessions.owner(token) if token else None


async def provide_owner(request: Request[Any, Any, Any], parts: Parts) -> str:
    """The owner behind the session cookie; raises NotSignedIn."""
    owner = await owner_of(request, parts)
    if owner is None:
        raise NotSignedIn("There is no session. Send a message or sign in first.")
    return owner
