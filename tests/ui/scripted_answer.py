"""One answer as a script: its pieces, where it waits, where connections break, how it ends."""

import json
import threading
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

HELD_S = 25.0
DONE = {"type": "done", "tokens": 9}
CANCELLED = {"type": "error", "message": "cancelled"}


class ScriptedAnswer:
    """A job's events; a piece's id is its place among the pieces, the ending has the last id."""

    def __init__(
        self,
        pieces: Sequence[str] = (),
        *,
        ending: dict[str, Any] | None = None,
        positions: Sequence[int] = (),
        waits_at: int | None = None,
        breaks: Sequence[int] = (),
        outages: int = 0,
        refusal: tuple[int, dict[str, Any]] | None = None,
    ) -> None:
        """`breaks`: in which piece each connection in turn is cut; `refusal`: of the question."""
        self.pieces = list(pieces)
        self.ending = ending or DONE
        self.positions = positions
        self.waits_at = waits_at
        self.breaks = list(breaks)
        self.outages = outages
        self.refusal = refusal
        self.resumed_after: list[int] = []
        self._may_go_on = threading.Event()

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(self.pieces)

    def go_on(self) -> None:
        """Say what comes after the place where the answer waits."""
        self._may_go_on.set()

    def cancel(self) -> None:
        """End where it waits."""
        self.pieces = self.pieces[: self.waits_at]
        self.ending = CANCELLED
        self.go_on()

    def is_down(self) -> bool:
        """Whether this connection meets a server that is away; the first one never does."""
        if not self.resumed_after or not self.outages:
            return False
        self.outages -= 1
        return True

    def is_over(self, after: int) -> bool:
        """Whether nothing comes after this id."""
        return after >= len(self.pieces)

    def kept(self) -> dict[str, str]:
        """What the history has of it."""
        return {"content": "", "status": "running"}

    def bytes_after(self, after: int) -> Iterator[bytes]:
        """One connection's body."""
        self.resumed_after.append(after)
        cut = self.breaks.pop(0) if self.breaks else None
        yield b": keep-alive\n\n"
        for position in self.positions if after < 0 else ():
            yield _frame({"type": "queued", "position": position})
        for seq in count(after + 1):
            if seq == self.waits_at:
                self._may_go_on.wait(HELD_S)
            is_last = seq >= len(self.pieces)
            frame = _frame(self.ending if is_last else self._token(seq), seq)
            if seq == cut:
                yield frame[: len(frame) // 2]
                return
            yield frame
            if is_last:
                return

    def _token(self, seq: int) -> dict[str, str]:
        return {"type": "token", "value": self.pieces[seq]}


def _frame(event: dict[str, Any], seq: int | None = None) -> bytes:
    name = "" if seq is None else f"id: {seq}\n"
    return f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
