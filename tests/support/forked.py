"""Processes of the fork server's, which behave as those of `subprocess` do."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from tests.support.children import mortal

ADDRESS = "ASHAO_TEST_FORK_SERVER"  # where the server of this run listens, once there is one
_servers: list[subprocess.Popen[str]] = []


class Forked:
    """A running command of the product, such as `serve --port 0`."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], log: IO[str]
    ) -> None:
        self._status: int | None = None
        self._lifeline = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lifeline.connect(server_address())
        request = json.dumps({"arguments": arguments, "environment": dict(environment)})
        heard, said = os.pipe()
        self.stdout = os.fdopen(heard)
        socket.send_fds(self._lifeline, [request.encode()], [said, log.fileno()])
        os.close(said)
        self.pid = int(self._lifeline.recv(64))

    def poll(self) -> int | None:
        """Its exit status, if it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended; below zero is a signal's number."""
        if self._status is None:
            self._lifeline.settimeout(timeout)
            try:
                told = self._lifeline.recv(64)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("ashao", timeout or 0) from None
            self._lifeline.close()
            self._status = int(told or -signal.SIGKILL)  # or the server was killed with it
        return self._status

    def send_signal(self, number: signal.Signals) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


def server_address() -> str:
    """The fork server's, which is started when it is first asked for."""
    if ADDRESS not in os.environ:
        address = str(Path(tempfile.mkdtemp(prefix="ashao-fork-")) / "socket")
        server = subprocess.Popen(
            mortal(sys.executable, "-m", "tests.support.fork_server", address),
            # Libraries for arithmetic start a thread for each core: no fork could follow.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert server.stdout is not None
        assert server.stdout.readline() == "listening\n"
        _servers.append(server)
        os.environ[ADDRESS] = address
    return os.environ[ADDRESS]


def end_server() -> None:
    """With everything that it forked."""
    for server in _servers:
        server.kill()
        server.communicate()
        Path(os.environ[ADDRESS]).unlink()
        Path(os.environ.pop(ADDRESS)).parent.rmdir()
    _servers.clear()
