"""Who may read the operator's figures: who shows the token, or who is on this very machine."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ashao.addresses import address_in
from ashao.api.http.auth import bearer_of
from ashao.api.http.errors import PLAIN
from ashao.errors import NotFound, NotSignedIn
from ashao.store.secrets import digest, is_same

FORWARDED = ("forwarded", "via", "x-real-ip")
FORWARDED_AS = "x-forwarded-"


async def require_operator(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Raises NotSignedIn without ASHAO_METRICS_TOKEN's value; if it has none, NotFound to others.

    Others come from another machine, or through a proxy on this one, which says for whom it asks.
    """
    token: str = connection.app.state.services.settings.metrics_token
    if token:
        if not is_same(digest(bearer_of(connection) or ""), digest(token)):
            raise NotSignedIn("The figures are for who shows the operator's token.")
    elif not is_local(connection):
        raise NotFound(PLAIN[404])


def is_local(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether somebody on this very machine asks, for themselves."""
    address = None if connection.client is None else address_in(connection.client.host)
    is_forwarded = any(
        name in FORWARDED or name.startswith(FORWARDED_AS) for name in connection.headers
    )
    return address is not None and address.is_loopback and not is_forwarded
