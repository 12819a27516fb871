"""A response as it comes: named events, counted by `sequence_number`.

Thoughts, words and calls are items of their own; the one of words stays open to the end, and a call
when a later machine thinks again. `response.in_progress` is said again to keep the connection
alive: it changes nothing.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import structs

from ashao.api.openai.chunks import frame_of
from ashao.api.openai.errors import error_object_of, event_of_defect
from ashao.api.openai.responses.answer import ResponseForm
from ashao.api.openai.responses.items import (
    FailureCode,
    Item,
    OutputMessage,
    ReasoningItem,
    ResponseError,
    ResponseObject,
)
from ashao.api.openai.responses.open_items import Named, OpenCall, OpenText
from ashao.api.programs.answer import Answerer
from ashao.api.programs.answer_parts import AnswerParts, CallBegins, CallGoesOn, Part
from ashao.errors import AshaoError
from ashao.jobs.event import DoneEvent, TokenEvent
from ashao_text.tools.splitter import Words

_encode = msgspec.json.Encoder().encode


class ResponseEvents:
    """The events of one response."""

    def __init__(self, form: ResponseForm) -> None:
        self.by = Answerer(form.request.job.model)
        self.defect = frame_of(event_of_defect())
        self._form = form
        self._said = 0  # events
        self._parts = AnswerParts(form.request.job.id, form.request.tools)
        self._items: list[OpenText[OutputMessage] | OpenText[ReasoningItem] | OpenCall] = []
        self._message: OpenText[OutputMessage] | None = None
        self._thoughts: OpenText[ReasoningItem] | None = None
        self._call: OpenCall | None = None

    def opening(self) -> bytes:
        """It is there, and begins."""
        begun = {"response": self._form.begun(self.by.model)}
        return self._frames([("response.created", begun), ("response.in_progress", begun)])

    def keep_alive(self) -> bytes:
        """It is still there."""
        return self._frames(
            [("response.in_progress", {"response": self._form.begun(self.by.model)})]
        )

    def piece(self, event: TokenEvent) -> bytes:
        """More of an item, which begins or ends others."""
        if event.thinking:
            return self._frames(self._think(event.thinking))
        return self._frames(self._say(self._parts.feed(event.value)))

    def end(self, done: DoneEvent) -> bytes:
        """All items are over, and so is the response."""
        frames = self._frames(self._say(self._parts.end())) + self._frames(self._end_items())
        output: list[Item] = [each.whole for each in self._items]
        return frames + self._last(self._form.ended(self.by.model, output, done))

    def failure(self, error: AshaoError) -> bytes:
        """There will be no whole response."""
        status, found = error_object_of(error)
        code: FailureCode = "server_error" if status >= 500 else "invalid_prompt"
        failure = ResponseError(code, found.message, found.code)
        begun = self._form.begun(self.by.model)
        return self._last(structs.replace(begun, status="failed", error=failure))

    def _last(self, response: ResponseObject) -> bytes:
        return self._frames([(f"response.{response.status}", {"response": response})])

    def _say(self, parts: Iterable[Part]) -> Iterator[Named]:
        for part in parts:
            yield from self._end_thoughts()
            match part:
                case Words(text):
                    yield from self._end_call()
                    yield from self._speak(text)
                case CallBegins(_, call_id, name):
                    yield from self._end_call()
                    self._call = OpenCall(len(self._items), self._form.call(call_id, name, ""))
                    self._items.append(self._call)
                    yield from self._call.begin()
                case CallGoesOn(_, text) if self._call is not None:
                    yield from self._call.more(text)

    def _speak(self, text: str) -> Iterator[Named]:
        if self._message is None:
            yield from self._begin_message()
        if self._message is not None:
            yield from self._message.more(text)

    def _begin_message(self) -> Iterator[Named]:
        self._message = OpenText(len(self._items), self._form.message(""), "output_text")
        self._items.append(self._message)
        yield from self._message.begin()

    def _think(self, text: str) -> Iterator[Named]:
        if self._thoughts is None:
            place = len(self._items)
            self._thoughts = OpenText(place, self._form.thoughts("", place), "reasoning_text")
            self._items.append(self._thoughts)
            yield from self._thoughts.begin()
        yield from self._thoughts.more(text)

    def _end_thoughts(self) -> Iterator[Named]:
        if self._thoughts is not None:
            yield from self._thoughts.end()
            self._thoughts = None

    def _end_call(self) -> Iterator[Named]:
        if self._call is not None:
            yield from self._call.end()
            self._call = None

    def _end_items(self) -> Iterator[Named]:
        yield from self._end_thoughts()
        yield from self._end_call()
        if self._message is None and not self._parts.calls:  # nothing was said
            yield from self._begin_message()
        if self._message is not None:
            yield from self._message.end()

    def _frames(self, events: Iterator[Named] | list[Named]) -> bytes:
        return b"".join(self._frame(name, fields) for name, fields in events)

    def _frame(self, name: str, fields: dict[str, Any]) -> bytes:
        event = {"type": name, "sequence_number": self._said, **fields}
        self._said += 1
        return b"event: " + name.encode() + b"\n" + frame_of(_encode(event))
