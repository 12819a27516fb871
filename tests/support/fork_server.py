"""Starts orchestrators from a process that has the product in memory: a fork takes a moment, an
interpreter with all of its imports takes seconds.

Run as `python -m tests.support.fork_server ADDRESS`. Each connection asks for one process and is
its lifeline: its status comes back over it, and when the asker is gone, so is the process.
"""

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pkgutil import walk_packages
from select import select

import ashao
from ashao.cli import main
from tests.support.children import die_with_parent

LARGEST_REQUEST = 1 << 17
# What the product imports only when it needs it.
LATER = ("siwe", "uvicorn.lifespan.on", "uvicorn.loops.uvloop")


@dataclass(eq=False)
class Child:
    """A process that was forked, and who asked for it."""

    pid: int
    descriptor: int  # readable when it has ended
    asker: socket.socket  # readable when nobody waits for it any longer

    def fileno(self) -> int:
        return self.descriptor

    def tell(self, number: int) -> None:
        with suppress(OSError):
            self.asker.send(str(number).encode())

    def close(self) -> None:
        os.close(self.descriptor)
        self.asker.close()


class ForkServer:
    """Forks for whoever connects."""

    def __init__(self, address: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(address)
        self._listener.listen(64)
        self._children: list[Child] = []

    def serve(self) -> list[str]:
        """Returns in each child: the arguments of the command that it is."""
        arguments: list[str] = []
        while not arguments:
            askers = [child.asker for child in self._children]
            watched: list[socket.socket | Child] = [self._listener, *self._children, *askers]
            ready, _, _ = select(watched, [], [])
            for child in self._children.copy():
                if child in ready:
                    self._bury(child)
                elif child.asker in ready:
                    os.kill(child.pid, signal.SIGKILL)
            if self._listener in ready:
                arguments = self._fork()
        return arguments

    def _bury(self, child: Child) -> None:
        _, status = os.waitpid(child.pid, 0)
        child.tell(os.waitstatus_to_exitcode(status))
        child.close()
        self._children.remove(child)

    def _fork(self) -> list[str]:
        """Nothing in the server."""
        asker, _ = self._listener.accept()
        request, outputs, *_ = socket.recv_fds(asker, LARGEST_REQUEST, 2)
        if not request:  # gone before it asked
            asker.close()
            return []
        pid = os.fork()
        if pid == 0:
            asker.close()
            self._listener.close()
            for other in self._children:
                other.close()
            return _become(request, outputs)
        for output in outputs:
            os.close(output)
        child = Child(pid, os.pidfd_open(pid), asker)
        child.tell(pid)
        self._children.append(child)
        return []


def _become(request: bytes, outputs: list[int]) -> list[str]:
    """Be this process as if it had been started so."""
    die_with_parent()
    os.setsid()
    for standard, output in enumerate(outputs, start=1):
        os.dup2(output, standard)
        os.close(output)
    asked = json.loads(request)
    os.environ.clear()
    os.environ.update(asked["environment"])
    arguments: list[str] = asked["arguments"]
    return arguments


def import_everything() -> None:
    """All of the product, so that no child has to."""
    for module in walk_packages(ashao.__path__, "ashao."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    for name in LATER:
        import_module(name)
    assert len(os.listdir("/proc/self/task")) == 1, "only a process of one thread can be forked"
    gc.collect()
    gc.freeze()  # so that the memory stays shared


if __name__ == "__main__":
    server = ForkServer(sys.argv[1])
    sys.stdout.write("listening\n")  # whoever asks during the imports waits for its turn
    sys.stdout.flush()
    import_everything()
    main(server.serve())
