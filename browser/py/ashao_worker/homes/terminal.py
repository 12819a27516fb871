"""What a native worker shows: a status line for people, or one JSON object a line for services."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.markup import escape

from ashao_worker.core.report import Event, Observer, Registered, State, StateChanged, Stats
from ashao_worker.core.to_json import to_json

COLOURS = {State.READY: "green", State.WORKING: "cyan", State.ERROR: "red"}


@contextmanager
def terminal_observer(*, as_json: bool, about: str) -> Iterator[Observer]:
    """An observer for the worker's events; `about` says in a few words what is donated."""
    console = Console()
    if as_json or not console.is_terminal:
        yield JsonLog(sys.stdout)
        return
    with console.status("Starting") as status:
        line = StatusLine(about)

        def observe(event: Event) -> None:
            line.take(event)
            status.update(line.text)

        yield observe


class JsonLog:
    """One JSON object a line; never a secret, never anybody's words."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        data = to_json(event)
        data.pop("token", None)
        line = {"time": round(time.time(), 3), "event": data.pop("type"), **data}
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()


class StatusLine:
    """The last state and figures, as one line with rich's markup."""

    def __init__(self, about: str) -> None:
        self._about = about
        self._state = StateChanged(State.IDLE)
        self._stats = Stats(0, 0, 0.0)

    @property
    def text(self) -> str:
        """The line."""
        state, stats = self._state, self._stats
        colour = COLOURS.get(state.state, "yellow")
        return " · ".join(
            [
                f"[{colour}]{state.state}[/]",
                escape(state.message or self._about),
                f"{stats.jobs_done} jobs",
                f"{stats.tokens} tokens",
                f"{stats.tokens_per_second:.1f} tokens/s",
            ]
        )

    def take(self, event: Event) -> None:
        """Remember what is shown."""
        match event:
            case StateChanged():
                self._state = event
            case Stats():
                self._stats = event
            case Registered():
                pass
