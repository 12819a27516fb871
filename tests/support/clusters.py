"""Clusters of one node and of two, and a master behind a Sentinel: other ways to a store."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ClusterDownError
from redis.retry import Retry

from tests.support.stores import redis_server


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """One node that owns every slot; keys of two slots in one script are refused as ever."""
    with _node(folder) as node:
        node.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        node.get("anything")  # answers when the Cluster says that it is up
        yield _url(node)


@contextmanager
def cluster_of_two(folder: Path, apart: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """The second node owns one slot, `apart`; what is given with the address kills it."""
    (folder / "two").mkdir()
    with _node(folder) as one, _node(folder / "two") as two:
        place = one.connection_pool.connection_kwargs["port"], one.config_get("cluster-port")
        two.execute_command("CLUSTER MEET", "127.0.0.1", place[0], place[1]["cluster-port"])
        one.execute_command("CLUSTER ADDSLOTSRANGE", 0, apart - 1, apart + 1, 16383)
        two.execute_command("CLUSTER ADDSLOTS", apart)
        for each in (one, two):
            while each.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                time.sleep(0.02)
        yield _url(one), partial(os.kill, two.info("server")["process_id"], signal.SIGKILL)


@contextmanager
def _node(folder: Path) -> Iterator[Any]:  # a Redis, whose commands the library does not type
    """A client of a node that owns nothing yet, and serves what it has when others are gone."""
    port = free_port()
    options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    serves = ("--cluster-require-full-coverage", "no")
    with redis_server(folder, "--bind", "127.0.0.1", "--port", str(port), *options, *serves):
        patience = Retry(ConstantBackoff(0.02), 500)
        with Redis(port=port, retry=patience, retry_on_error=[ClusterDownError]) as client:
            yield client


def _url(node: Any) -> str:
    return f"redis+cluster://127.0.0.1:{node.connection_pool.connection_kwargs['port']}"


@contextmanager
def sentinel(folder: Path) -> Iterator[str]:
    """A master known to its clients by name only."""
    port, watcher = free_port(), free_port()
    settings = folder / "sentinel.conf"
    settings.write_text(f"sentinel monitor answers 127.0.0.1 {port} 1\n")
    (folder / "watch").mkdir()
    with ExitStack() as stack:
        bind = ("--bind", "127.0.0.1", "--port")
        stack.enter_context(redis_server(folder, *bind, str(port)))
        stack.enter_context(redis_server(folder / "watch", *bind, str(watcher), settings=settings))
        yield f"redis+sentinel://127.0.0.1:{watcher}/answers"
