"""Runs the app under uvicorn: in this process, or in several that share one port."""

import os
import signal
import socket
import subprocess
import sys
from types import FrameType

import uvicorn

from ashao.app import create_app
from ashao.drain import Drain
from ashao.settings import Settings

BACKLOG = 2048
RESTART_LOOK_S = 0.5
# After the drain only streams that refuse to end are left.
LAST_GRACE_S = 2


def bind(host: str, port: int) -> socket.socket:
    """Listen on an address; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    listener.set_inheritable(True)
    return listener


def address(listener: socket.socket) -> str:
    """The origin to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(settings: Settings, listener: socket.socket, *, is_development: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; then drain. A second signal ends it at once."""
    drain = Drain()
    config = uvicorn.Config(
        create_app(settings, drain, is_development=is_development),
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=LAST_GRACE_S,
        lifespan="on",
    )
    DrainingServer(config, drain).run(sockets=[listener])


class DrainingServer(uvicorn.Server):
    """Goes on serving after the signal until the drain is over: answers in flight still arrive."""

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain
        self._is_asked_to_leave = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: drain. Second: leave at once."""
        if self._is_asked_to_leave:
            super().handle_exit(sig, frame)
        self._is_asked_to_leave = True

    async def on_tick(self, counter: int) -> bool:
        """Uvicorn asks ten times a second whether to leave."""
        if self._is_asked_to_leave:
            self._drain.begun.set()
        return await super().on_tick(counter) or self._drain.over.is_set()


def serve_many(listener: socket.socket, count: int) -> None:
    """Run `count` processes on one port; one that dies is started again; a signal drains all."""
    leaving = False

    def leave(signum: int, _: FrameType | None) -> None:
        nonlocal leaving
        leaving = True
        for child in children:
            child.send_signal(signum)

    children = [_child(listener) for _ in range(count)]
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    while any(child.poll() is None for child in children):
        for index, child in enumerate(children):
            try:
                child.wait(timeout=RESTART_LOOK_S)
            except subprocess.TimeoutExpired:
                continue
            if not leaving:
                children[index] = _child(listener)


def _child(listener: socket.socket) -> subprocess.Popen[bytes]:
    descriptor = listener.fileno()
    command = [sys.executable, "-m", "ashao", "serve", "--descriptor", str(descriptor)]
    # A session of its own: Ctrl-C reaches the parent, which passes it on once.
    return subprocess.Popen(
        command, pass_fds=[descriptor], env=os.environ.copy(), start_new_session=True
    )
