"""The origin that passkeys and wallets are bound to: the operator's word, never a visitor's."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from ashao.errors import BadRequest
from ashao.people.ways_in import Site
from ashao.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def site_of(request: Request[Any, Any, Any], settings: Settings) -> Site:
    """This site by its public URL, or by the name that was asked for on this machine itself.

    Raises BadRequest for any other name: whoever may choose it could have signatures made for it.
    """
    if settings.public_url:
        public = urlsplit(settings.public_url)
        return Site(f"{public.scheme}://{public.netloc}")
    host = request.headers.get("host", "")
    if _name(host) not in LOOPBACK:
        raise BadRequest("Signing in needs ASHAO_PUBLIC_URL: the operator has to set it.")
    return Site(f"http://{host}")


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
