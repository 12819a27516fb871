"""Network addresses: which ones a text names, and what somebody is counted by. No I/O.

An IPv4 address that is written as an IPv6 one is that IPv4 address, everywhere.
"""

from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from ashao.variable import LONGEST_QUOTE, listed

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAPPED = IPv6Network("::ffff:0:0/96")
# Whoever has an IPv6 address has at least all those that begin alike.
IPV6_PREFIX = 64


@cache
def networks_in(text: str) -> tuple[Network, ...]:
    """The networks of a list by comma; an address is a network of one. Raises ValueError."""
    return tuple(_network(each.strip()) for each in listed(text))


def host_of(origin: str) -> str:
    """The host of an origin, as browsers spell it; nothing for none. Raises ValueError."""
    if not origin:
        return ""
    try:
        parts = urlsplit(origin)
        host = (parts.hostname or "").encode("idna").decode() if parts.port != 0 else ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise ValueError(
            f"must be an origin such as https://chat.example.org, not {origin[:LONGEST_QUOTE]!r}."
        )
    return host.lower().removesuffix(".")


def address_in(text: str) -> Address | None:
    """The address that a text is, with or without a port; None for anything else."""
    for each in (text, text.removeprefix("[").partition("]")[0], text.rpartition(":")[0]):
        try:
            return _plain(ip_address(each))
        except ValueError:
            continue
    return None


def is_in(address: Address | None, networks: tuple[Network, ...]) -> bool:
    """Whether one of the networks has the address."""
    return address is not None and any(address in each for each in networks)


def counted_as(address: Address) -> str:
    """The name to count somebody by: an IPv4 address, or the /64 of an IPv6 one."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))


def _plain(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))  # without the name of an interface


def _network(text: str) -> Network:
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(
            "lists addresses and networks by comma, such as 127.0.0.1,10.0.0.0/8; "
            f"{text[:LONGEST_QUOTE]!r} is neither."
        ) from error
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        within = int(network.network_address) & 0xFFFF_FFFF
        return IPv4Network((within, network.prefixlen - MAPPED.prefixlen))
    return network
