"""Connects to the Redis-protocol store: standalone, behind Sentinel, or a Cluster.

A store that is away means StoreUnavailable within a few seconds, never a hang.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, RedisCluster, Sentinel
from redis.asyncio import Redis as StandaloneRedis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from ashao.errors import StoreUnavailable
from ashao.store.cluster import PatientCluster

Redis = StandaloneRedis | RedisCluster

CONNECT_S = 1.0
ANSWER_S = 3.0  # the store may be busy flushing its file to a slow disk
MAX_CONNECTIONS = 32

_AWAY = (
    ConnectionError,
    TimeoutError,
    ClusterDownError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    TryAgainError,
    OSError,
)
# Its disk is full, its replicas are gone, or it changed its role while a pop was waiting.
_REFUSES_FOR_NOW = ("MISCONF", "NOREPLICAS", "UNBLOCKED", "BUSY ")


@contextmanager
def answering() -> Iterator[None]:
    """Turns what a client raises when the store is away, loading or full into StoreUnavailable."""
    try:
        yield
    except _AWAY as error:
        raise StoreUnavailable from error
    except ResponseError as error:
        if str(error).startswith(_REFUSES_FOR_NOW):
            raise StoreUnavailable from error
        raise


def connect(url: str, *, blocking: bool = False) -> Redis:
    """A client of the store at `url`; nothing is opened until it is used.

    Understands redis://, rediss://, unix://, redis+sentinel://host:port,host:port/service and
    redis+cluster://host:port. With `blocking` its calls may wait as long as they ask the store to.
    Raises ValueError for another scheme.
    """
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_connect_timeout": CONNECT_S,
        "socket_timeout": None if blocking else ANSWER_S,
        "socket_keepalive": True,
    }
    match urlsplit(url).scheme:
        case "redis" | "rediss" | "unix":
            return _standalone(url, options)
        case "redis+sentinel":
            return _sentinel(url, options)
        case "redis+cluster":
            plain = "redis" + url.removeprefix("redis+cluster")
            return PatientCluster.from_url(plain, retry=_retry(), **options)
    raise ValueError("The store's URL must start with redis, rediss, unix, redis+sentinel/cluster.")


def _standalone(url: str, options: dict[str, Any]) -> StandaloneRedis:
    if url.startswith("unix"):
        options = {name: value for name, value in options.items() if name != "socket_keepalive"}
    pool = BlockingConnectionPool.from_url(
        url, max_connections=MAX_CONNECTIONS, timeout=ANSWER_S, retry=_retry(), **options
    )
    return StandaloneRedis.from_pool(pool)


def _sentinel(url: str, options: dict[str, Any]) -> StandaloneRedis:
    """One master by name, found anew whenever a connection is opened."""
    parts = urlsplit(url)
    _, _, addresses = parts.netloc.rpartition("@")
    hosts = [_address(each) for each in addresses.split(",")]
    open_sentinel: Callable[..., Any] = Sentinel  # the library types it in no other way
    watchers = open_sentinel(hosts, sentinel_kwargs=options, **options)
    master: StandaloneRedis = watchers.master_for(
        parts.path.strip("/") or "mymaster",
        username=parts.username or None,
        password=parts.password or None,
        connection_pool_class=_SentinelPool,
        retry=_retry(),
    )
    return master


class _SentinelPool(SentinelConnectionPool):
    """Closes its connections to the Sentinels as well."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Close every connection."""
        await super().disconnect(inuse_connections)
        for watcher in self.sentinel_manager.sentinels:
            await watcher.aclose()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return (host, int(port)) if host else (port, 26379)


def _retry() -> Retry:
    """Once more over a fresh connection; every script may be sent twice."""
    return Retry(ExponentialBackoff(cap=0.2, base=0.05), 1)
