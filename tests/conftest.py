"""What every test stands on: real stores, a leak check, and no way out of this machine."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from typing import Any

import pytest

from ashao.jobs.store import JobStore, Rules
from ashao.store.redis import Redis, connect
from tests.support.leaks import leaked_keys
from tests.support.stores import KINDS, Stores, plain_client

pytest_plugins = ("tests.support.suite",)


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    """No test can reach another machine, let alone one that sends bills."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect_socket: Callable[[socket.socket, Any], Any]) -> Callable[..., Any]:
    def connect_to_loopback(self: socket.socket, address: Any) -> Any:
        is_internet = self.family in (socket.AF_INET, socket.AF_INET6)
        if is_internet and address[0] != "localhost" and not ip_address(address[0]).is_loopback:
            raise PermissionError(f"a test tried to reach {address[0]}")
        return connect_socket(self, address)

    return connect_to_loopback


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """The session's servers, each started when first needed."""
    with ExitStack() as stack:
        yield Stores(tmp_path_factory.mktemp("stores"), stack)


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, stores: Stores) -> Iterator[str]:
    """An empty store of each kind; afterwards nothing may be left in it for ever."""
    url = stores.url(request.param)
    with plain_client(url) as client:
        client.flushall()
        yield url
        leaked = leaked_keys(client)
        client.flushall()
    assert leaked == [], "keys without a TTL, a deadline or a place on the permanent list"


@pytest.fixture
async def redis(store_url: str) -> AsyncIterator[Redis]:
    """A client of the store."""
    client = connect(store_url)
    yield client
    await client.aclose()


@pytest.fixture
async def blocking_redis(store_url: str) -> AsyncIterator[Redis]:
    """A client for calls that wait."""
    client = connect(store_url, blocking=True)
    yield client
    await client.aclose()


@pytest.fixture
def rules() -> Rules:
    """The defaults; a test that needs others overrides this."""
    return Rules()


@pytest.fixture
def job_store(redis: Redis, rules: Rules) -> JobStore:
    """The scripts on the store."""
    return JobStore(redis, rules)
