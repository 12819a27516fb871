"""What a client is told about a job, and its JSON form in the log and on the channel.

Stored events carry their seq, and a digest that the store adds (`event_id.py`); the same string is
kept and published. A queued event is a hint: it has no seq and is never stored.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from ashao.errors import BadRequest


class TokenEvent(msgspec.Struct, frozen=True, tag="token", omit_defaults=True):
    """A piece of the answer; `value` may hold several tokens' text.

    Or, beside an empty `value`, a piece of `thinking`, which is no part of the answer. So whoever
    joins values has the answer alone, and an older server beside this one sees no text.
    """

    seq: int
    value: str
    thinking: str = ""
    digest: str = ""


class DoneEvent(msgspec.Struct, frozen=True, tag="done", omit_defaults=True):
    """The answer is whole; `tokens` and `thoughts`, the tokens of thinking, count all attempts.

    `finish` is why it ended, None when its last producer did not say. What a filter cut off is
    `filtered` beside it: servers of before know two words only.
    """

    seq: int
    tokens: int
    finish: Literal["stop", "length"] | None = None
    filtered: bool = False
    thoughts: int = 0
    digest: str = ""


class ErrorEvent(msgspec.Struct, frozen=True, tag="error", omit_defaults=True):
    """The answer ends here; `message` is from the closed list."""

    seq: int
    message: str
    digest: str = ""


class QueuedEvent(msgspec.Struct, frozen=True, tag="queued", omit_defaults=True):
    """The job waits; `position` 0 is next, None when it is not in the queue.

    `eta_ms` is an estimate from measured answers, absent when none were measured. `no_worker`: a
    provider is asked at once, for no worker can serve.
    """

    position: int | None = None
    eta_ms: int | None = None
    no_worker: bool = False


StoredEvent = TokenEvent | DoneEvent | ErrorEvent
Event = TokenEvent | DoneEvent | ErrorEvent | QueuedEvent

_stored_decoder: msgspec.json.Decoder[StoredEvent] = msgspec.json.Decoder(StoredEvent)
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def encode(event: Event) -> str:
    """The event as JSON; raises BadRequest for text that is not Unicode."""
    try:
        return _encoder.encode(event).decode()
    except UnicodeEncodeError as error:
        raise BadRequest("The text is not valid Unicode.") from error


def decode(text: str | bytes) -> Event:
    """An event from the channel; raises msgspec.DecodeError."""
    return _decoder.decode(text)


def decode_stored(text: str | bytes) -> StoredEvent:
    """An event from the log; raises msgspec.DecodeError."""
    return _stored_decoder.decode(text)


def text_of(log: Iterable[str | bytes]) -> str:
    """The words of stored events, without what the model thought."""
    events = map(decode_stored, log)
    return "".join(event.value for event in events if isinstance(event, TokenEvent))
