"""What a person takes along: their conversations as JSON values or as Markdown."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ashao.history.conversations import Transcript
    from ashao.history.tables import Message

WHO = {"user": "You", "assistant": "ashao"}


def as_json(readings: "Iterable[Transcript]") -> dict[str, Any]:
    """Conversations with their messages, ready to be encoded."""
    return {
        "conversations": [
            {
                "id": reading.conversation.id,
                "title": reading.conversation.title,
                "updatedAt": reading.conversation.updated_at.isoformat(),
                "messages": [
                    {"role": each.role, "content": each.content, "status": each.status}
                    for each in _messages(reading)
                ],
            }
            for reading in readings
        ]
    }


def as_markdown(readings: "Iterable[Transcript]") -> str:
    """One chapter a conversation, one section a message."""
    lines: list[str] = []
    for reading in readings:
        lines += [f"# {reading.conversation.title}", ""]
        for each in _messages(reading):
            lines += [f"## {WHO[each.role]}", "", each.content, ""]
            if each.status != "done":
                lines += [f"*({each.status})*", ""]
    return "\n".join(lines)


def _messages(reading: "Transcript") -> "Iterator[Message]":
    for turn in reading.turns:
        yield turn.question
        if turn.answer is not None:
            yield turn.answer
