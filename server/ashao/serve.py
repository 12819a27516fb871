"""Runs the app under uvicorn in this process, until it is asked to leave and has drained."""

import os
import socket
from types import FrameType

import uvicorn

from ashao.app import create_app
from ashao.drain import Drain
from ashao.settings import Settings

BACKLOG = 2048
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


def serve(
    settings: Settings,
    listener: socket.socket,
    *,
    is_development: bool = False,
    is_child: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; then drain. A second signal ends it at once.

    A child of `supervise` also drains when its parent is gone.
    """
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
    parent = os.getppid() if is_child else None
    DrainingServer(config, drain, parent).run(sockets=[listener])


class DrainingServer(uvicorn.Server):
    """Goes on serving after the signal until the drain is over: answers in flight still arrive."""

    def __init__(self, config: uvicorn.Config, drain: Drain, parent: int | None) -> None:
        super().__init__(config)
        self._drain = drain
        self._parent = parent
        self._is_asked_to_leave = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: drain. Second: leave at once."""
        if self._is_asked_to_leave:
            super().handle_exit(sig, frame)
        self._is_asked_to_leave = True

    async def on_tick(self, counter: int) -> bool:
        """Uvicorn asks ten times a second whether to leave."""
        if self._is_asked_to_leave or self._parent not in (None, os.getppid()):
            self._drain.begun.set()
        return await super().on_tick(counter) or self._drain.over.is_set()
