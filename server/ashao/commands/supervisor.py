"""Keeps several processes on one port: one that dies is started again, a signal drains them all.

The parent serves nothing itself; it only holds the port and watches.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from threading import Event
from types import FrameType

from ashao.errors import CannotStart

POLL_INTERVAL_S = 0.1
CANNOT_START = 1  # a child's exit status, after its sentence
# A child that dies sooner is started again after a backoff that doubles; another, at once.
MIN_UPTIME_S = 5.0
INITIAL_BACKOFF_S = 0.5
MAX_BACKOFF_S = 30.0


def supervise(listener: socket.socket, host: str, count: int) -> None:
    """Run `count` processes until a signal; return when all have left.

    Each knows the `host` that it listens on. SIGTERM and SIGINT are passed on, each time: the
    second one ends the children at once. When one says at the very beginning that it cannot start,
    all end. Raises CannotStart.
    """
    signals: list[int] = []

    def record_signal(number: int, _: FrameType | None) -> None:
        signals.append(number)

    # Before the first child: a signal during the start must not leave children behind.
    signal.signal(signal.SIGTERM, record_signal)
    signal.signal(signal.SIGINT, record_signal)
    children = [ChildProcess(listener, host) for _ in range(count)]
    forwarded = 0
    never = Event()
    while any(child.is_running for child in children) or not signals:
        for number in signals[forwarded:]:
            forwarded += 1
            for child in children:
                child.send(number)
        if not signals and any(child.could_not_start for child in children):
            signals.append(signal.SIGTERM)
        elif not signals:
            for child in children:
                child.restart_if_due()
        never.wait(POLL_INTERVAL_S)
    if any(child.could_not_start for child in children):
        raise CannotStart("Its processes cannot start.")


class ChildProcess:
    """One serving process; started again whenever it has died."""

    def __init__(self, listener: socket.socket, host: str) -> None:
        self._listener = listener
        self._host = host
        self._backoff_s = 0.0
        self._started_at = 0.0
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def could_not_start(self) -> bool:
        """Whether it said so the first time; one that served before is started again."""
        if self._process is None or self._starts > 1:
            return False
        return self._process.poll() == CANNOT_START

    def restart_if_due(self) -> None:
        """Start it again if it died and its backoff is over."""
        if self.is_running:
            return
        uptime_s = time.monotonic() - self._started_at
        if uptime_s >= MIN_UPTIME_S + self._backoff_s:
            self._backoff_s = 0.0
        if uptime_s >= self._backoff_s:
            self._backoff_s = min(max(INITIAL_BACKOFF_S, 2 * self._backoff_s), MAX_BACKOFF_S)
            self._start()

    def send(self, number: int) -> None:
        """Pass a signal on."""
        if self._process is not None and self.is_running:
            self._process.send_signal(number)

    def _start(self) -> None:
        descriptor = self._listener.fileno()
        command = [
            *(sys.executable, "-m", "ashao", "serve"),
            *("--host", self._host, "--descriptor", str(descriptor), "--parent", str(os.getpid())),
        ]
        self._starts += 1
        self._started_at = time.monotonic()
        # A session of its own: Ctrl-C reaches the parent, which passes it on once.
        self._process = subprocess.Popen(command, pass_fds=[descriptor], start_new_session=True)
