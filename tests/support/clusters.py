"""A Cluster of one node and a master behind a Sentinel, for the tests of those connections."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

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
    port = free_port()
    options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    with redis_server(folder, "--bind", "127.0.0.1", "--port", str(port), *options):
        patience = Retry(ConstantBackoff(0.02), 500)
        with Redis(port=port, retry=patience, retry_on_error=[ClusterDownError]) as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            client.get("anything")  # answers when the Cluster says that it is up
        yield f"redis+cluster://127.0.0.1:{port}"


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
