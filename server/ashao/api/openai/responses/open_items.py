"""A response's items while they are being written, and the events that tell of them."""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from ashao.api.openai.responses.items import FunctionCall, OutputMessage, ReasoningItem

type Named = tuple[str, dict[str, Any]]


class OpenText[Whole: OutputMessage | ReasoningItem]:
    """An item of words or thoughts that is being written, in its place among all."""

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


class OpenCall:
    """A call that is being written, in its place among all items."""

    def __init__(self, place: int, whole: FunctionCall) -> None:
        self.place = place
        self.whole = whole
        self._texts: list[str] = []

    @property
    def _where(self) -> dict[str, Any]:
        return {"item_id": self.whole.id, "output_index": self.place}

    def begin(self) -> Iterator[Named]:
        """It is there, without arguments."""
        item = structs.replace(self.whole, status="in_progress")
        yield "response.output_item.added", {"output_index": self.place, "item": item}

    def more(self, text: str) -> Iterator[Named]:
        """More of its arguments."""
        self._texts.append(text)
        yield "response.function_call_arguments.delta", self._where | {"delta": text}

    def end(self) -> Iterator[Named]:
        """It is over."""
        self.whole = structs.replace(self.whole, arguments="".join(self._texts))
        told = {"name": self.whole.name, "arguments": self.whole.arguments}
        yield "response.function_call_arguments.done", self._where | told
        yield "response.output_item.done", {"output_index": self.place, "item": self.whole}
