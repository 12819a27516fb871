"""A response as it comes: named events, counted by `sequence_number`.

Thoughts and words are items of their own; the one of words stays open when a later machine thinks
again. `response.in_progress` is said again to keep the connection alive: it changes nothing.
"""

from collections.abc import Iterator
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
from ashao.api.programs.answer import Answerer
from ashao.errors import AshaoError
from ashao.jobs.event import DoneEvent, TokenEvent

_encode = msgspec.json.Encoder().encode

type Named = tuple[str, dict[str, Any]]


class _Open[Whole: Item]:
    """An item that is being written, in its place among all."""

    def __init__(self, place: int, whole: Whole, kind: str) -> None:
        self.place = place
        self.whole = whole
        self._kind = kind
        self._texts: list[str] = []

    @property
    def _where(self) -> dict[str, Any]:
        return {"item_id": self.whole.id, "output_index": self.place, "content_index": 0}

    def begin(self) -> Iterator[Named]:
        """It is there, and empty."""
        (part,) = self.whole.content
        item = structs.replace(self.whole, status="in_progress", content=[])
        yield "response.output_item.added", {"output_index": self.place, "item": item}
        yield "response.content_part.added", self._where | {"part": structs.replace(part, text="")}

    def more(self, text: str) -> Iterator[Named]:
        """A piece of it."""
        self._texts.append(text)
        yield f"response.{self._kind}.delta", self._where | {"delta": text} | self._more

    def end(self) -> Iterator[Named]:
        """It is over."""
        text = "".join(self._texts)
        (part,) = self.whole.content
        part = structs.replace(part, text=text)
        self.whole = structs.replace(self.whole, content=[part])
        yield f"response.{self._kind}.done", self._where | {"text": text} | self._more
        yield "response.content_part.done", self._where | {"part": part}
        yield "response.output_item.done", {"output_index": self.place, "item": self.whole}

    @property
    def _more(self) -> dict[str, Any]:
        return {"logprobs": []} if self._kind == "output_text" else {}


class ResponseEvents:
    """The events of one response."""

    def __init__(self, form: ResponseForm) -> None:
        self.by = Answerer(form.request.job.model)
        self.defect = frame_of(event_of_defect())
        self._form = form
        self._said = 0  # events
        self._items: list[_Open[Any]] = []
        self._message: _Open[OutputMessage] | None = None
        self._thoughts: _Open[ReasoningItem] | None = None

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
        return self._frames(self._think(event.thinking) if event.thinking else self._say(event))

    def end(self, done: DoneEvent) -> bytes:
        """All items are over, and so is the response."""
        frames = self._frames(self._end_items())
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

    def _say(self, event: TokenEvent) -> Iterator[Named]:
        yield from self._end_thoughts()
        if self._message is None:
            self._message = self._added(self._form.message(""), "output_text")
            yield from self._message.begin()
        yield from self._message.more(event.value)

    def _think(self, text: str) -> Iterator[Named]:
        if self._thoughts is None:
            whole = self._form.thoughts("", len(self._items))
            self._thoughts = self._added(whole, "reasoning_text")
            yield from self._thoughts.begin()
        yield from self._thoughts.more(text)

    def _end_thoughts(self) -> Iterator[Named]:
        if self._thoughts is not None:
            yield from self._thoughts.end()
            self._thoughts = None

    def _end_items(self) -> Iterator[Named]:
        yield from self._end_thoughts()
        if self._message is None:  # nothing was said
            self._message = self._added(self._form.message(""), "output_text")
            yield from self._message.begin()
        yield from self._message.end()

    def _added[Whole: Item](self, whole: Whole, kind: str) -> _Open[Whole]:
        item = _Open(len(self._items), whole, kind)
        self._items.append(item)
        return item

    def _frames(self, events: Iterator[Named] | list[Named]) -> bytes:
        return b"".join(self._frame(name, fields) for name, fields in events)

    def _frame(self, name: str, fields: dict[str, Any]) -> bytes:
        event = {"type": name, "sequence_number": self._said, **fields}
        self._said += 1
        return b"event: " + name.encode() + b"\n" + frame_of(_encode(event))
