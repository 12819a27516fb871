"""The origin that passkeys and wallets are bound to: the operator's word, never a visitor's."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from ashao.errors import BadRequest
from ashao.identity.challenges import RelyingParty
from ashao.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def relying_party_of(request: Request[Any, Any, Any], settings: Settings) -> RelyingParty:
    """This site by its public URL, or by the name that was asked for on this machine itself.

    Raises BadRequest for any other name: whoever may choose it could have signatures made for it.
    """
    if settings.public_url:
        public = urlsplit(settings.public_url)
        return RelyingParty(f"{public.scheme}://{public.netloc}")
    host = _loopback(request.headers.get("host", ""))
    if host is None:
        raise BadRequest("Signing in needs ASHAO_PUBLIC_URL: the operator has to set it.")
    return RelyingParty(f"http://{host}")


def _loopback(given: str) -> str | None:
    """A name of this machine with its port, written anew; None for any other name, and for what
    only ends in one, such as a user's name before it."""
    try:
        parts = urlsplit(f"//{given}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    if name not in LOOPBACK or parts.netloc != given or "@" in given:
        return None
    host = f"[{name}]" if ":" in name else name
    return host if port is None else f"{host}:{port}"
