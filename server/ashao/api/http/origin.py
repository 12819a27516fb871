"""Whether a write comes from our own pages: browsers say where a request comes from."""

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ashao.errors import Forbidden

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
