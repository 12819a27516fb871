"""Clusters of one node, two and six, and a master behind a Sentinel: other ways to a store."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ClusterDownError
from redis.retry import Retry

from tests.support.stores import redis_server

QUICK_FAILOVER = ("--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0")
THIRDS = ((0, 5460), (5461, 10922), (10923, 16383))


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
def cluster_that_moves(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address names a node that died before, and two of which the first owns every slot.

    What is given with it kills that one, and the other has them.
    """
    (folder / "two").mkdir()
    with _node(folder) as one, _node(folder / "two") as two:
        one.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        one.get("anything")

        def move() -> None:
            os.kill(_pid(one), signal.SIGKILL)
            two.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            two.get("anything")

        yield _address_of(free_port(), _port(one), _port(two)), move


@contextmanager
def cluster_of_two(folder: Path, apart: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """The second node owns one slot, `apart`; what is given with the address kills it."""
    (folder / "two").mkdir()
    with _node(folder) as one, _node(folder / "two") as two:
        two.execute_command("CLUSTER MEET", "127.0.0.1", _port(one), _bus_port(one))
        one.execute_command("CLUSTER ADDSLOTSRANGE", 0, apart - 1, apart + 1, 16383)
        two.execute_command("CLUSTER ADDSLOTS", apart)
        for each in (one, two):
            while each.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                time.sleep(0.02)
        yield _url(one), partial(os.kill, _pid(two), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class ReplicatedCluster:
    """Three primaries, each with a replica that takes its place a second or two after its death."""

    primaries: list[Any]
    replicas: list[Any]

    @property
    def url(self) -> str:
        """By all that were primaries at the start."""
        return _address_of(*map(_port, self.primaries))

    def is_whole(self) -> bool:
        """Whether every node that lives sees three living primaries own all slots."""
        living = [*self.primaries, *self.replicas]
        places = {f"127.0.0.1:{_port(node)}" for node in living}
        return all(len(_owners(node)) == 3 and _owners(node) <= places for node in living)

    def kill(self, index: int) -> None:
        """kill -9 of a primary."""
        os.kill(_pid(self.primaries.pop(index)), signal.SIGKILL)


@contextmanager
def replicated_cluster(folder: Path) -> Iterator[ReplicatedCluster]:
    """Six nodes, which agree on who is who before anybody uses them."""
    with ExitStack() as stack:
        nodes = []
        for name in range(6):
            (folder / str(name)).mkdir()
            nodes.append(stack.enter_context(_node(folder / str(name), *QUICK_FAILOVER)))
        cluster = ReplicatedCluster(nodes[:3], nodes[3:])
        ids = [node.execute_command("CLUSTER MYID").decode() for node in nodes]
        for number, (node, slots) in enumerate(zip(cluster.primaries, THIRDS, strict=True), 1):
            node.execute_command("CLUSTER SET-CONFIG-EPOCH", number)
            node.execute_command("CLUSTER ADDSLOTSRANGE", *slots)
        for node in nodes[1:]:
            node.execute_command("CLUSTER MEET", "127.0.0.1", _port(nodes[0]), _bus_port(nodes[0]))
        for node, primary in zip(cluster.replicas, ids, strict=False):
            while primary not in str(node.execute_command("CLUSTER NODES")):
                time.sleep(0.02)
            node.execute_command("CLUSTER REPLICATE", primary)
        while not cluster.is_whole() or not all(map(_is_copied, cluster.replicas)):
            time.sleep(0.02)
        yield cluster


def _owners(node: Any) -> set[str]:
    """The primaries that own slots, as a node sees it; none while it thinks the Cluster down."""
    if node.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
        return set()
    known = node.execute_command("CLUSTER NODES")
    return {place for place, each in known.items() if "master" in each["flags"] and each["slots"]}


def _is_copied(replica: Any) -> bool:
    return bool(replica.info("replication").get("master_link_status") == "up")


@contextmanager
def _node(folder: Path, *more: str) -> Iterator[Any]:  # its commands the library does not type
    """A client of a node that owns nothing yet, and serves what it has when others are gone."""
    port = free_port()
    options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()), *more)
    serves = ("--cluster-require-full-coverage", "no")
    with redis_server(folder, "--bind", "127.0.0.1", "--port", str(port), *options, *serves):
        patience = Retry(ConstantBackoff(0.02), 500)
        with Redis(port=port, retry=patience, retry_on_error=[ClusterDownError]) as client:
            yield client


def _url(node: Any) -> str:
    return _address_of(_port(node))


def _address_of(*ports: int) -> str:
    return "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)


def _port(node: Any) -> int:
    port: int = node.connection_pool.connection_kwargs["port"]
    return port


def _bus_port(node: Any) -> int:
    return int(node.config_get("cluster-port")["cluster-port"])


def _pid(node: Any) -> int:
    pid: int = node.info("server")["process_id"]
    return pid


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
