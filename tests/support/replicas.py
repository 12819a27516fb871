"""A primary and a replica behind one address: the second takes over, and may know less."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from tests.support.clusters import free_port
from tests.support.stores import plain_client, redis_server

ROUND_MS, ROUNDS = 1_000, 30  # shorter than the client waits for a reply

SOON = ("--repl-diskless-sync-delay", "0")  # nobody else comes for the copy


class Replicated:
    """Both run; the address is a link to whichever serves."""

    def __init__(self, front: Path, primary: Redis, replica: Redis, replica_at: str) -> None:
        self.url = f"unix://{front}"
        self._front = front
        self._primary = primary
        self._replica = replica
        self._replica_at = replica_at

    def cut(self) -> None:
        """The replica has all that was written up to now, and gets nothing more."""
        # WAIT waits for what its own connection wrote, which comes after all else.
        self._primary.set("up-to-here", 1, px=ROUND_MS)
        assert any(self._primary.wait(1, ROUND_MS) == 1 for _ in range(ROUNDS))
        self._replica.replicaof("127.0.0.1", free_port())

    def fail_over(self) -> None:
        """kill -9 of the primary; the replica serves in its place."""
        os.kill(int(self._primary.info("server")["process_id"]), signal.SIGKILL)
        self._replica.replicaof("NO", "ONE")
        aside = self._front.with_suffix(".new")
        aside.symlink_to(self._replica_at)
        aside.replace(self._front)


@contextmanager
def replicated(kind: str, folder: Path) -> Iterator[Replicated]:
    """Two servers of one of the KINDS of stores."""
    port, front = free_port(), folder / "front"
    (folder / "one").mkdir(parents=True)
    (folder / "two").mkdir()
    address = ("--bind", "127.0.0.1", "--port")
    with (
        redis_server(folder / "one", *address, str(port), *SOON, kind=kind) as one,
        redis_server(
            folder / "two", "--port", "0", "--replicaof", "127.0.0.1", str(port), kind=kind
        ) as two,
        plain_client(one) as primary,
        plain_client(two) as replica,
    ):
        front.symlink_to(one.removeprefix("unix://"))
        yield Replicated(front, primary, replica, two.removeprefix("unix://"))
