"""How many connections this process holds, of whom, and how long each may take; it reads none.

A connection costs a descriptor before anybody said a word. They are counted in each process, for
that is what they cost.
"""

import resource
import time
from collections import Counter
from dataclasses import dataclass

import structlog

from ashao.addresses import address_in, counted_as, is_in, networks_in
from ashao.settings import Settings

log = structlog.get_logger(__name__)

LOOPBACK = networks_in("127.0.0.0/8,::1")
LOG_INTERVAL_S = 60.0
# What the stores, files and pipes of this process need beside its connections.
RESERVED_DESCRIPTORS = 256
FEW_DESCRIPTORS = 4_096
MOST_DESCRIPTORS = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How much and how long one connection may take. Times are seconds, sizes bytes."""

    head_s: float = 20
    body_s: float = 120
    idle_s: int = 5
    unread_s: float = 120
    head_bytes: int = 64 * 1024


class RareLog:
    """At most one line a minute for each kind, with how often it happened since the last one."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._said_at: dict[str, float] = {}

    def count(self, kind: str) -> None:
        """It happened once more."""
        self._counts[kind] += 1
        now = time.monotonic()
        if now - self._said_at.get(kind, -LOG_INTERVAL_S) >= LOG_INTERVAL_S:
            self._said_at[kind] = now
            log.warning("connections_cut", kind=kind, count=self._counts.pop(kind))


class Connections:
    """The open connections of this process, by address.

    Proxies that are trusted speak for many, and this machine's own are the operator's: for them
    only the limit of all connections together holds.
    """

    def __init__(self, settings: Settings, descriptors: int, patience: Patience) -> None:
        self.patience = patience
        self.rare_log = RareLog()
        self._of_each = settings.connections_per_address
        self._of_all = max(1, descriptors - RESERVED_DESCRIPTORS)
        self._exempt = LOOPBACK + networks_in(settings.trusted_proxies)
        self._all = 0
        self._by_address: Counter[str] = Counter()

    def add(self, host: str) -> str | None:
        """One more from a peer; the kind of limit that it is over, if it is over one."""
        self._all += 1
        name = self._counted(host)
        if name is not None:
            self._by_address[name] += 1
        if self._all > self._of_all:
            return "all"
        return "address" if name and self._by_address[name] > self._of_each else None

    def remove(self, host: str) -> None:
        """One that was added is closed."""
        self._all -= 1
        name = self._counted(host)
        if name is not None:
            self._by_address[name] -= 1
            if not self._by_address[name]:
                del self._by_address[name]

    def _counted(self, host: str) -> str | None:
        address = address_in(host)
        if address is None:
            return host or None
        return None if is_in(address, self._exempt) else counted_as(address)


def raise_descriptor_limit() -> int:
    """Have as many descriptors as this process may; tells how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft == resource.RLIM_INFINITY:
        return MOST_DESCRIPTORS
    if soft < FEW_DESCRIPTORS:
        log.warning("few_descriptors", limit=soft, advice="raise the hard limit (ulimit -n)")
    return soft
