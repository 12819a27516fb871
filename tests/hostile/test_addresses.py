"""Nobody chooses what they are counted by: not by headers, not by spelling, not by owning a /64."""

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.connection import ASGIConnection

from ashao.api.http.client import address_of
from ashao.settings import Settings
from ashao.variable import BadSetting

PROXY = "10.1.2.3"
SETTINGS = Settings(trusted_proxies="10.0.0.0/8, 2001:db8:1::/48")
MAPPED = 0xFFFF << 32

callers = st.one_of(
    st.ip_addresses(v=4, network="198.51.100.0/24"), st.ip_addresses(v=6, network="2001:db8:2::/48")
)
proxies = st.one_of(
    st.ip_addresses(v=4, network="10.0.0.0/8"), st.ip_addresses(v=6, network="2001:db8:1::/48")
)
words = st.sampled_from(["unknown", "_hidden", "evil.example", "127.0.0.1", "1.2.3.4:5", "::1"])
ports = st.one_of(st.none(), st.integers(1, 65_535))


def _counted(peer: str, lines: list[str], settings: Settings = SETTINGS) -> str:
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    scope: Any = {"type": "http", "client": (peer, 1), "headers": headers}
    return address_of(ASGIConnection(scope), settings)


def _spelled(address: IPv4Address | IPv6Address, port: int | None, *, is_mapped: bool) -> str:
    if is_mapped and isinstance(address, IPv4Address):
        address = IPv6Address(MAPPED | int(address))
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if isinstance(address, IPv6Address) else f"{address}:{port}"


def _name(address: IPv4Address | IPv6Address) -> str:
    """What it is counted by, said in another way than the product does."""
    if isinstance(address, IPv4Address):
        return str(address)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"


@given(
    caller=callers,
    port=ports,
    is_mapped=st.booleans(),
    forged=st.lists(st.one_of(words, callers.map(str), proxies.map(str)), max_size=4),
    behind=st.lists(proxies.map(str), max_size=3),
    breaks=st.sets(st.integers(1, 7)),
)
def test_the_last_who_is_no_proxy_counts_however_the_list_is_written(
    caller: IPv4Address | IPv6Address,
    port: int | None,
    is_mapped: bool,
    forged: list[str],
    behind: list[str],
    breaks: set[int],
) -> None:
    """In one header line or several, with ports or without, after whatever the caller claimed."""
    hops = [*forged, _spelled(caller, port, is_mapped=is_mapped), *behind]
    cuts = [0, *sorted(each for each in breaks if each < len(hops)), len(hops)]
    lines = [", ".join(hops[one:other]) for one, other in zip(cuts, cuts[1:], strict=False)]
    assert _counted(PROXY, lines) == _name(caller)


@given(caller=callers, claims=st.lists(st.one_of(words, callers.map(str)), max_size=4))
def test_who_is_no_proxy_is_counted_by_where_it_calls_from(
    caller: IPv4Address | IPv6Address, claims: list[str]
) -> None:
    assert _counted(str(caller), claims) == _name(caller)


@given(one=st.integers(0, 2**64 - 1), other=st.integers(0, 2**64 - 1))
def test_whoever_owns_a_64_is_one(one: int, other: int) -> None:
    network = int(IPv6Address("2001:db8:2:3::"))
    first, second = (str(IPv6Address(network | each)) for each in (one, other))
    assert _counted(first, []) == _counted(second, []) == _counted(PROXY, [f"[{second}]:443"])


@pytest.mark.parametrize("word", ["unknown", "_hidden", "", "999.1.1.1", "evil.example"])
def test_whom_a_proxy_cannot_name_is_counted_as_the_proxy(word: str) -> None:
    """Never as whoever stands before: that is the caller's own word."""
    assert _counted(PROXY, [f"203.0.113.7, {word or ' '}x"]) == PROXY


@pytest.mark.parametrize(
    "trusted", ["127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.0/104", "127.1.1.1/8"]
)
@pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_proxy_is_known_by_its_network_and_in_either_spelling(trusted: str, peer: str) -> None:
    settings = Settings.from_environment({"ASHAO_TRUSTED_PROXIES": f" {trusted} ,"})
    assert _counted(peer, ["203.0.113.7"], settings) == "203.0.113.7"


@pytest.mark.parametrize("wrong", ["proxy", "10.0.0.0/33", "10.0.0", "1.2.3.4:80", "*", "a\nb"])
def test_a_proxy_that_is_no_address_ends_the_start_with_one_sentence(wrong: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"ASHAO_TRUSTED_PROXIES": f"127.0.0.1,{wrong}"})
    sentence = str(refused.value)
    assert sentence.startswith("ASHAO_TRUSTED_PROXIES lists addresses and networks by comma")
    assert repr(wrong) in sentence
    assert "\n" not in sentence
