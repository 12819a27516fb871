"""The embedded server's supervisor: starts it, again if it dies, and stops it after its last user.

Run as a process of its own: `python -m ashao.store.embedded_supervisor DIRECTORY SOCKET SERVER`. It
lives as long as any orchestrator, so it loads no library: who starts it knows where SERVER is.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from ashao.store.append_only import mend
from ashao.store.private_folder import OTHERS

LOOK_S = 0.2  # how often it is looked whether anybody still uses the server
STOP_S = 10.0
PR_SET_PDEATHSIG = 1


def supervise(directory: Path, socket: Path, program: str) -> None:
    """Hold the server until no process holds the users' lock, or it leaves and cannot be mended."""
    os.umask(OTHERS)  # the server's files are its user's alone
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # its users decide when it ends
    supervisor, users, files = (
        os.open(directory / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        for name in ("keeper", "users", "files")
    )
    fcntl.flock(supervisor, fcntl.LOCK_EX)
    os.close(sys.stdout.fileno())  # tells the starter that there is a supervisor now
    fcntl.flock(files, fcntl.LOCK_EX)  # a server whose supervisor was killed may still be closing
    server = _start(program, directory, socket, files)
    pause = Event()
    while not _is_free(users):
        if (status := server.poll()) is not None:
            # It left by itself, and would again: its users are told, or start another supervisor.
            if status > 0 and not mend(directory, _known_commands(program)):
                break
            server = _start(program, directory, socket, files)
        pause.wait(LOOK_S)
    _stop(server)
    os.close(supervisor)  # before the users' lock, so that a next user sees that nobody supervises


def _start(program: str, directory: Path, socket: Path, files: int) -> subprocess.Popen[bytes]:
    """Every write is on disk before its reply; no port is opened.

    The server inherits the lock on its files: there are never two that write them.
    """
    return subprocess.Popen(
        [
            *(program, "--port", "0", "--protected-mode", "yes"),
            *("--unixsocket", socket, "--unixsocketperm", "700", "--dir", directory),
            *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
            *("--aof-load-truncated", "no"),  # `mend` keeps what it cuts
            *("--loglevel", "warning", "--set-proc-title", "no"),
            # A list of slow commands would keep their arguments: people's words.
            *("--slowlog-log-slower-than", "-1"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=[files],
        preexec_fn=_die_with_supervisor,
    )


def _known_commands(program: str) -> set[bytes]:
    """What a server of this version understands, by its own word."""
    from redis import Redis  # only a damaged file needs it
    from redis.backoff import ConstantBackoff
    from redis.retry import Retry

    with TemporaryDirectory() as folder:
        socket = f"{folder}/s"
        options = ("--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "")
        server = subprocess.Popen(
            [program, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=_die_with_supervisor,
        )
        try:
            retry = Retry(ConstantBackoff(LOOK_S / 10), int(STOP_S / LOOK_S * 10))
            with Redis(unix_socket_path=socket, retry=retry) as client:
                return set(client.command_list())
        finally:
            _stop(server)


def _die_with_supervisor() -> None:
    """On Linux a supervisor that is killed takes its server along."""
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
    supervise(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
