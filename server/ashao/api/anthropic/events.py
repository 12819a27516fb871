"""A message as it comes: named events, and blocks of thinking and of text, one after the other.

`message_start` goes out before anybody answers, so it names the model that was asked for.
"""

from typing import Any

import msgspec

from ashao.api.anthropic.answer import MessageForm
from ashao.api.anthropic.errors import defect, error_of
from ashao.api.anthropic.schemas import TextBlock, ThinkingBlock
from ashao.api.programs.answer import Answerer
from ashao.errors import AshaoError
from ashao.jobs.event import DoneEvent, TokenEvent

_encode = msgspec.json.Encoder().encode


class MessageEvents:
    """The events of one message."""

    def __init__(self, form: MessageForm) -> None:
        self.by = Answerer(form.request.job.model)
        self.defect = _frame("error", msgspec.to_builtins(defect()))
        self._form = form
        self._index = 0
        self._open: type[TextBlock | ThinkingBlock] | None = None

    def opening(self) -> bytes:
        """It is there, and empty."""
        return _frame("message_start", {"message": self._form.begun(self.by.model)})

    def keep_alive(self) -> bytes:
        """It is still there."""
        return _frame("ping", {})

    def piece(self, event: TokenEvent) -> bytes:
        """More of a block; one of another kind begins."""
        if event.thinking and self._form.shows_thinking:
            delta = {"type": "thinking_delta", "thinking": event.thinking}
            return self._in_block(ThinkingBlock(thinking="")) + self._delta(delta)
        if event.value:
            delta = {"type": "text_delta", "text": event.value}
            return self._in_block(TextBlock(text="")) + self._delta(delta)
        return self.keep_alive()

    def end(self, done: DoneEvent) -> bytes:
        """Why it ended, and what it took."""
        ended = {
            "delta": {"stop_reason": self._form.stop_reason(done), "stop_sequence": None},
            "usage": {"output_tokens": done.tokens + done.thoughts},
        }
        return self._end_block() + _frame("message_delta", ended) + _frame("message_stop", {})

    def failure(self, error: AshaoError) -> bytes:
        """An event with `error`."""
        return _frame("error", msgspec.to_builtins(error_of(error)[1]))

    def _in_block(self, empty: TextBlock | ThinkingBlock) -> bytes:
        """What makes the open block one of this kind."""
        if self._open is type(empty):
            return b""
        ended = self._end_block()
        self._open = type(empty)
        begun = {"index": self._index, "content_block": empty}
        return ended + _frame("content_block_start", begun)

    def _end_block(self) -> bytes:
        if self._open is None:
            return b""
        ended = _frame("content_block_stop", {"index": self._index})
        self._open, self._index = None, self._index + 1
        return ended

    def _delta(self, delta: dict[str, str]) -> bytes:
        return _frame("content_block_delta", {"index": self._index, "delta": delta})


def _frame(name: str, fields: dict[str, Any]) -> bytes:
    data = _encode({"type": name, **fields})
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
