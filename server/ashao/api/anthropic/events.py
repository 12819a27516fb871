"""A message as it comes: named events, and blocks of thinking, of text and of calls, one after the
other. A block is never gone back to, so what a later machine thinks in a call is not shown.

`message_start` goes out before anybody answers, so it names the model that was asked for.
"""

from typing import Any

import msgspec

from ashao.api.anthropic.answer import MessageForm
from ashao.api.anthropic.errors import defect, error_of
from ashao.api.anthropic.schemas import Block, TextBlock, ThinkingBlock, ToolUseBlock
from ashao.api.programs.answer import Answerer
from ashao.api.programs.answer_parts import AnswerParts, CallBegins, CallGoesOn, Part
from ashao.errors import AshaoError
from ashao.jobs.event import DoneEvent, TokenEvent
from ashao_text.tools.splitter import Words

_encode = msgspec.json.Encoder().encode


class MessageEvents:
    """The events of one message."""

    def __init__(self, form: MessageForm) -> None:
        self.by = Answerer(form.request.job.model)
        self.defect = _frame("error", msgspec.to_builtins(defect()))
        self._form = form
        self._index = 0
        self._open: type[Block] | None = None
        self._parts = AnswerParts(form.request.job.id, form.request.tools)

    def opening(self) -> bytes:
        """It is there, and empty."""
        return _frame("message_start", {"message": self._form.begun(self.by.model)})

    def keep_alive(self) -> bytes:
        """It is still there."""
        return _frame("ping", {})

    def piece(self, event: TokenEvent) -> bytes:
        """More of a block; one of another kind begins."""
        if event.thinking and self._form.shows_thinking and self._open is not ToolUseBlock:
            delta = {"type": "thinking_delta", "thinking": event.thinking}
            return self._in_block(ThinkingBlock(thinking="")) + self._delta(delta)
        parts = self._parts.feed(event.value) if event.value else []
        return b"".join(map(self._part, parts)) or self.keep_alive()

    def end(self, done: DoneEvent) -> bytes:
        """Why it ended, and what it took."""
        rest = b"".join(map(self._part, self._parts.end()))
        reason = self._form.stop_reason(done, bool(self._parts.calls))
        ended = {
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": done.tokens + done.thoughts},
        }
        rest += self._end_block()
        return rest + _frame("message_delta", ended) + _frame("message_stop", {})

    def failure(self, error: AshaoError) -> bytes:
        """An event with `error`."""
        return _frame("error", msgspec.to_builtins(error_of(error)[1]))

    def _part(self, part: Part) -> bytes:
        match part:
            case Words(text):
                delta = {"type": "text_delta", "text": text}
                return self._in_block(TextBlock(text="")) + self._delta(delta)
            case CallBegins(_, call_id, name):
                return self._begin_block(ToolUseBlock(id=call_id, name=name, input={}))
            case CallGoesOn(_, text):
                return self._delta({"type": "input_json_delta", "partial_json": text})

    def _in_block(self, empty: TextBlock | ThinkingBlock) -> bytes:
        """What makes the open block one of this kind."""
        return b"" if self._open is type(empty) else self._begin_block(empty)

    def _begin_block(self, empty: Block) -> bytes:
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
