"""Keeps several processes on one port: one that dies is started again, a signal drains them all.

The parent serves nothing itself; it only holds the port and watches.
"""

import signal
import socket
import subprocess
import sys
import time
from threading import Event
from types import FrameType

LOOK_S = 0.1
# A child that dies young is started again after a pause that doubles; one that grew old, at once.
GROWN_UP_S = 5.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


def supervise(listener: socket.socket, count: int) -> None:
    """Run `count` processes until a signal; return when all have left.

    SIGTERM and SIGINT are passed on, each time: the second one ends the children at once.
    """
    signals: list[int] = []

    def remember(number: int, _: FrameType | None) -> None:
        signals.append(number)

    # Before the first child: a signal during the start must not leave children behind.
    signal.signal(signal.SIGTERM, remember)
    signal.signal(signal.SIGINT, remember)
    seats = [Seat(listener) for _ in range(count)]
    passed_on = 0
    pause = Event()
    while any(seat.is_taken for seat in seats) or not signals:
        for number in signals[passed_on:]:
            passed_on += 1
            for seat in seats:
                seat.send(number)
        if not signals:
            for seat in seats:
                seat.fill()
        pause.wait(LOOK_S)


class Seat:
    """The place of one child; it is filled again when its child dies."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._pause_s = 0.0
        self._started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    @property
    def is_taken(self) -> bool:
        """Whether a child lives here."""
        return self._process is not None and self._process.poll() is None

    def fill(self) -> None:
        """Start a new child if the last one is gone and its pause is over."""
        if self.is_taken:
            return
        age_s = time.monotonic() - self._started_at
        if age_s >= GROWN_UP_S + self._pause_s:
            self._pause_s = 0.0
        if age_s >= self._pause_s:
            self._pause_s = min(max(FIRST_PAUSE_S, 2 * self._pause_s), LONGEST_PAUSE_S)
            self._start()

    def send(self, number: int) -> None:
        """Pass a signal on."""
        if self._process is not None and self.is_taken:
            self._process.send_signal(number)

    def _start(self) -> None:
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", "ashao", "serve", "--descriptor", str(descriptor)]
        self._started_at = time.monotonic()
        # A session of its own: Ctrl-C reaches the parent, which passes it on once.
        self._process = subprocess.Popen(command, pass_fds=[descriptor], start_new_session=True)
