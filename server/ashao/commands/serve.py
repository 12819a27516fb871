"""Runs the app under uvicorn in this process, until it is asked to leave and has drained."""

import asyncio
import logging
import os
import socket
import sys
from contextlib import suppress
from types import FrameType

import uvicorn

from ashao.app import create_app
from ashao.commands.connections import Connections, Patience, raise_descriptor_limit
from ashao.commands.protocol import configuration
from ashao.drain import Drain
from ashao.errors import CannotStart, Unavailable
from ashao.settings import Settings
from ashao.tasks import log_defect

BACKLOG = 2048
LOOK_S = 1.0  # whether a supervisor is gone; and the clock in our answers moves on
DRAIN_LOOK_S = 0.1  # whether the drain is over
DATE_TICK = 0  # of uvicorn's ticks each tenth moves the clock


def bind(host: str, port: int) -> socket.socket:
    """Listen on an address; port 0 takes a free one. Raises CannotStart."""
    try:
        return _bind(host, port)
    except OSError as error:
        raise CannotStart(f"Cannot listen on {host} port {port}: {error.strerror}.") from error


def _bind(host: str, port: int) -> socket.socket:
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
    parent: int | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; then drain. A second signal ends it at once.

    A child of `supervise` also drains when its `parent`, a process id, is gone. Raises CannotStart.
    """
    drain = Drain()
    app = create_app(settings, drain, is_development=is_development)
    connections = Connections(settings, raise_descriptor_limit(), Patience())
    DrainingServer(configuration(app, connections), drain, parent).run(sockets=[listener])


def say_where(listener: socket.socket) -> None:
    """Tell the terminal where to go."""
    sys.stdout.write(f"ashao is at {address(listener)}\n")
    sys.stdout.flush()


class DrainingServer(uvicorn.Server):
    """Goes on serving after the signal until the drain is over: answers in flight still arrive."""

    def __init__(self, config: uvicorn.Config, drain: Drain, parent: int | None) -> None:
        super().__init__(config)
        self._drain = drain
        self._parent = parent
        self._is_asked_to_leave = False
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: drain. Second: leave at once."""
        if self._is_asked_to_leave:
            super().handle_exit(sig, frame)
        self._is_asked_to_leave = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say where. Raises CannotStart where uvicorn would just exit."""
        logger = logging.getLogger("uvicorn.error")
        logger.disabled = True
        try:
            await super().startup(sockets)
        except SystemExit as exit_:
            raise CannotStart(_sentence(self._drain.cannot_start)) from exit_
        finally:
            logger.disabled = False
        if self._parent is None and sockets:
            say_where(sockets[0])

    async def main_loop(self) -> None:
        """Serve until it is time to leave; a signal ends the pause between two looks."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(DATE_TICK):
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_LOOK_S if self._is_asked_to_leave else LOOK_S):
                    await self._woken.wait()
            self._woken.clear()

    async def on_tick(self, counter: int) -> bool:
        """Whether to leave now."""
        if self._is_asked_to_leave or self._parent not in (None, os.getppid()):
            self._drain.begun.set()
        return await super().on_tick(counter) or self._drain.over.is_set()


def _sentence(error: Exception | None) -> str:
    """What an operator reads of an error; of a defect, that it is one."""
    if isinstance(error, CannotStart | Unavailable):
        return str(error)
    if error is not None:
        log_defect(error, task="start")
    return "ashao has a defect that keeps it from starting; its log says where."
