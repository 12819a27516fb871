"""Connects to the Redis-protocol store: standalone, behind Sentinel, or a Cluster.

A store that is away means StoreUnavailable within a few seconds, never a hang: every client that
is made here says so of itself.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import BlockingConnectionPool, RedisCluster, Sentinel
from redis.asyncio import Redis as StandaloneRedis
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import ExponentialBackoff

from ashao.store import keys
from ashao.store.away import ANSWER_S, CONNECT_S
from ashao.store.cluster import LimitedCluster
from ashao.store.standalone import StandaloneStore

Redis = StandaloneRedis | RedisCluster

MAX_CONNECTIONS = 32
REDIS_PORT = 6379
SENTINEL_PORT = 26379


def connect(url: str, *, blocking: bool = False) -> Redis:
    """A client of the store at `url`; nothing is opened until it is used.

    Understands redis://, rediss://, unix://, redis+sentinel://host:port,host:port/service and
    redis+cluster://host:port,host:port. With `blocking` its calls may wait as long as they ask the
    store to. Raises ValueError for another scheme, or an address that is none.
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
            return _cluster(url, options)
    raise ValueError("The store's URL must start with redis, rediss, unix, redis+sentinel/cluster.")


def _standalone(url: str, options: dict[str, Any]) -> StandaloneRedis:
    if url.startswith("unix"):
        options = {name: value for name, value in options.items() if name != "socket_keepalive"}
    pool = BlockingConnectionPool.from_url(
        url, max_connections=MAX_CONNECTIONS, timeout=ANSWER_S, retry=_retry(), **options
    )
    return StandaloneStore.from_pool(pool)


def _sentinel(url: str, options: dict[str, Any]) -> StandaloneRedis:
    """One master by name, found anew whenever a connection is opened."""
    parts = urlsplit(url)
    _, _, addresses = parts.netloc.rpartition("@")
    hosts = [_address(each, SENTINEL_PORT) for each in addresses.split(",")]
    open_sentinel: Any = Sentinel  # the library types it in no other way
    watchers = open_sentinel(hosts, sentinel_kwargs=options, **options)
    master: StandaloneRedis = watchers.master_for(
        parts.path.strip("/") or "mymaster",
        redis_class=StandaloneStore,
        username=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        connection_pool_class=_SentinelPool,
        retry=_retry(),
    )
    return master


def _cluster(url: str, options: dict[str, Any]) -> RedisCluster:
    """Found through whichever of its nodes answers."""
    parts = urlsplit(url)
    credentials, at, addresses = parts.netloc.rpartition("@")
    nodes = [ClusterNode(*_address(each, REDIS_PORT)) for each in addresses.split(",")]
    nowhere = parts._replace(scheme="redis", netloc=credentials + at).geturl()
    return LimitedCluster.from_url(nowhere, startup_nodes=nodes, retry=_retry(), **options)


class _SentinelPool(SentinelConnectionPool):
    """Closes its connections to the Sentinels as well."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Close every connection."""
        await super().disconnect(inuse_connections)
        for watcher in self.sentinel_manager.sentinels:
            await watcher.aclose()


def _address(text: str, port: int) -> tuple[str, int]:
    """Host and port, `port` if it names none. Raises ValueError."""
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("An address in the store's URL is empty.")
    return parts.hostname, parts.port or port


def _retry() -> Retry:
    """Once more over a fresh connection; every script may be sent twice."""
    return Retry(ExponentialBackoff(cap=0.2, base=0.05), 1)


PROBE_TTL_S = 10


async def check_writable(redis: "Redis") -> None:
    """Write one short-lived key; raises StoreUnavailable."""
    await redis.set(keys.PROBE, "1", ex=PROBE_TTL_S)
