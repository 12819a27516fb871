"""Which network address a request came from; behind a trusted proxy, the one that it names."""

from ipaddress import IPv6Address
from typing import Any

from litestar.connection import ASGIConnection

from ashao.addresses import Address, Network, address_in, counted_as, is_in, networks_in
from ashao.identity.owners import OwnerId
from ashao.settings import Settings
from ashao.store.secrets import digest
from ashao.variable import listed

LOOPBACK = (counted_as(IPv6Address("::1")), "local")


def address_of(request: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> str:
    """What the caller is counted by; it is never stored with anything else.

    X-Forwarded-For is believed only from an address in ASHAO_TRUSTED_PROXIES, and only its last
    entry that is not itself such a proxy. What that proxy could not name is counted as its own.
    """
    if request.client is None:
        return "local"
    peer = address_in(request.client.host)
    if peer is None:
        return request.client.host
    trusted = networks_in(settings.trusted_proxies)
    if is_in(peer, trusted):
        peer = _forwarded_for(request, trusted) or peer
    return counted_as(peer)


def _forwarded_for(
    request: ASGIConnection[Any, Any, Any, Any], trusted: tuple[Network, ...]
) -> Address | None:
    """Whom the nearest proxies speak for. A header in several lines is one list, in their order."""
    lines = request.headers.getall("x-forwarded-for", [])
    hops = [address_in(each.strip()) for each in listed(",".join(lines))]
    return next((hop for hop in reversed(hops) if not is_in(hop, trusted)), None)


def voice_of(payee: OwnerId | None, address: str) -> str | None:
    """Whom a worker speaks for among others: its account, or else its network address.

    None on this very machine, where each worker speaks for itself: it is the operator's own.
    """
    if payee is not None:
        return digest(payee)
    return None if address in LOOPBACK or address.startswith("127.") else digest(address)


# The first that is found counts: every browser names its ancestors as well.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_of(user_agent: str) -> str:
    """Such as "Firefox on Linux"; what a browser says beyond that is not kept."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "A browser")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), None)
    return f"{browser} on {system}" if system else browser
