"""Which network address a request came from; behind a trusted proxy, the one that it names."""

from typing import Any

from litestar.connection import ASGIConnection

from ashao.settings import Settings


def address_of(request: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> str:
    """The caller's address, for counting only; it is never stored with anything else.

    X-Forwarded-For is believed only from an address in ASHAO_TRUSTED_PROXIES, and only its last
    entry that is not itself such a proxy.
    """
    trusted = {each.strip() for each in settings.trusted_proxies.split(",") if each.strip()}
    peer = request.client.host if request.client else "local"
    if peer not in trusted:
        return peer
    hops = [each.strip() for each in request.headers.get("x-forwarded-for", "").split(",")]
    return next((hop for hop in reversed(hops) if hop and hop not in trusted), peer)
