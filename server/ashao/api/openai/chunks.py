"""A stream of chunks, which the chat format and the completions format have in common.

A chunk without words keeps the connection alive.
"""

from typing import Any

import msgspec

from ashao.api.openai.errors import event_of, event_of_defect
from ashao.api.openai.schemas import FinishReason, Usage, usage_of
from ashao.api.programs.answer import Answerer, CompletionRequest
from ashao.api.writers import Writers
from ashao.errors import AshaoError
from ashao.jobs.event import DoneEvent, TokenEvent

_encode = msgspec.json.Encoder().encode


def frame_of(data: bytes) -> bytes:
    """One event without a name."""
    return b"data: " + data + b"\n\n"


class Chunks:
    """What both have; what a choice looks like is the format's own."""

    object: str
    id_prefix: str

    def __init__(self, request: CompletionRequest, includes_usage: bool) -> None:
        self.by = Answerer(request.job.model)
        self.defect = frame_of(event_of_defect())
        self._request = request
        self._includes_usage = includes_usage

    def choice(self, text: str, thinking: str = "") -> dict[str, Any]:
        """What a piece says."""
        raise NotImplementedError

    def opening(self) -> bytes:
        """A first chunk at once."""
        return self.keep_alive()

    def keep_alive(self) -> bytes:
        """A chunk without words."""
        return self._chunk(self.choice(""))

    def piece(self, event: TokenEvent) -> bytes:
        """A chunk of words, or of thoughts."""
        return self._chunk(self.choice(event.value, event.thinking))

    def end(self, done: DoneEvent) -> bytes:
        """How it ended and, if asked for, what it took."""
        ended = self._chunk(self.last_choice(), self.finish(done), self.by.writers)
        if self._includes_usage:
            ended += self._frame([], usage_of(self._request, done))
        return ended + frame_of(b"[DONE]")

    def finish(self, done: DoneEvent) -> FinishReason:
        """Why it ended."""
        return self._request.finish_reason(done)

    def last_choice(self) -> dict[str, Any]:
        """What the last chunk says beside its reason."""
        return self.choice("")

    def failure(self, error: AshaoError) -> bytes:
        """An event with `error`."""
        return frame_of(event_of(error))

    def _chunk(
        self, choice: dict[str, Any], finish: str | None = None, writers: Writers | None = None
    ) -> bytes:
        said = {"index": 0, **choice, "logprobs": None, "finish_reason": finish}
        return self._frame([said], writers=writers)

    def _frame(
        self,
        choices: list[dict[str, Any]],
        usage: Usage | None = None,
        writers: Writers | None = None,
    ) -> bytes:
        chunk: dict[str, Any] = {
            "id": f"{self.id_prefix}{self._request.job.id}",
            "object": self.object,
            "created": self._request.created,
            "model": self.by.model,
            "choices": choices,
        }
        if writers is not None:
            chunk["ashao"] = writers
        if self._includes_usage:
            chunk["usage"] = usage
        return frame_of(_encode(chunk))
