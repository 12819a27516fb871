"""A job that a test plays by hand, with its log for readers who come again."""

import json
import threading
from collections.abc import Iterator
from typing import Any

REPLY_SLACK_S = 15.0


class ScriptedJob:
    """A job whose events a test says one by one."""

    def __init__(self, job_id: str, sent: dict[str, Any], key: str | None) -> None:
        self.id = job_id
        self.sent = sent
        self.idempotency_key = key
        self.is_cancelled = threading.Event()
        self.readers: list[str | None] = []
        self.drops = 0
        self.is_stream_gone = False
        self.place: dict[str, Any] = {}
        self.written_by: dict[str, Any] | None = None
        self.log: list[dict[str, Any]] = []
        self.changed = threading.Condition()

    @property
    def text(self) -> str:
        """What was said so far."""
        return "".join(each["value"] for each in self.log if each["type"] == "token")

    @property
    def status(self) -> str:
        """How the history has it."""
        last = self.log[-1]["type"] if self.log else "token"
        return {"token": "running", "thinking": "running", "done": "done", "error": "failed"}[last]

    def say(self, *values: str) -> None:
        """Add pieces of the answer."""
        self._add(*({"type": "token", "value": value} for value in values))

    def think(self, *values: str) -> None:
        """Add pieces of what its model thinks first."""
        self._add(*({"type": "thinking", "value": value} for value in values))

    def finish(self) -> None:
        """The answer is whole."""
        self._add({"type": "done", "tokens": len(self.log)})

    def fail(self, message: str) -> None:
        """The answer ends here."""
        self._add({"type": "error", "message": message})

    def queue_at(self, position: int, **more: Any) -> None:
        """Tell readers how many are ahead, and what else is known."""
        with self.changed:
            self.place = {"position": position, **more}
            self.changed.notify_all()

    def drop(self) -> None:
        """Break every open stream in the middle of a frame."""
        with self.changed:
            self.drops += 1
            self.changed.notify_all()

    def frames(self, after: int) -> Iterator[bytes]:
        """What a reader gets who has seen the events up to `after`."""
        with self.changed:
            drops, told = self.drops, dict[str, Any]()
            while self.drops == drops:
                if self.place != told and not self.log:
                    told = self.place
                    yield _frame({"type": "queued", **told})
                for seq in range(after + 1, len(self.log)):
                    yield b"id: %s\n" % _id(seq) + _frame(self.log[seq])
                    after = seq
                if self.status != "running":
                    return
                self.changed.wait(REPLY_SLACK_S)
            yield b'id: %s\ndata: {"type":"token","val' % _id(len(self.log))

    def _add(self, *events: dict[str, Any]) -> None:
        with self.changed:
            self.log.extend(events)
            self.changed.notify_all()


def _id(seq: int) -> bytes:
    """Opaque to the page."""
    return b"%d-0123456789ab" % seq


def _frame(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"
