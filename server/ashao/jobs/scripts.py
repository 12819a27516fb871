"""What each script on one job is called with: a class per script, a field per slot of its ARGV.

What a slot means is said at the head of the .lua file. None is sent as '', and the values of a
last tuple one by one. How scripts get to the store is `store.py`'s.
"""

from typing import ClassVar, Literal

import msgspec

from ashao.jobs.codes import EndCode, FailCode
from ashao.jobs.job import Home, ProducerId, ProducerKind
from ashao.messages import Finish
from ashao.store.script import Argument


class JobScript(msgspec.Struct, frozen=True, kw_only=True):
    """A call; its fields are ARGV from the second on, for the first is the job's channel."""

    name: ClassVar[str]

    def arguments(self) -> list[Argument]:
        """The fields as the script gets them."""
        values: list[Argument] = []
        for slot in msgspec.structs.astuple(self):
            values.extend(slot if isinstance(slot, tuple) else ("" if slot is None else slot,))
        return values


class Enqueue(JobScript, frozen=True, kw_only=True):
    """Write a new job."""

    name = "enqueue"
    messages: str
    fields: tuple[Argument, ...]


class Tombstone(JobScript, frozen=True, kw_only=True):
    """Forbid an id whose charge is paid back."""

    name = "tombstone"


class Claim(JobScript, frozen=True, kw_only=True):
    """Stamp a queued job for one producer."""

    name = "claim"
    producer: ProducerId
    kind: ProducerKind
    model: str
    context: int | None
    voice: str
    slowest_token_ms: int | None
    proven: Literal[0, 1]
    home: Home | None
    abilities: str


class Publish(JobScript, frozen=True, kw_only=True):
    """Add one token event; one of the sizes is 0."""

    name = "publish"
    producer: ProducerId
    attempt: int
    seq: int
    event: str
    tokens: int
    size: int
    thought_size: int


class Complete(JobScript, frozen=True, kw_only=True):
    """The answer is whole."""

    name = "complete"
    producer: ProducerId
    attempt: int
    seq: int | None
    tokens: int | None
    attempt_tokens: int | None
    reason: Finish | None
    trusted: Literal[0, 1]
    judged: Literal[0, 1]


class Fail(JobScript, frozen=True, kw_only=True):
    """A producer gives its claim up."""

    name = "fail"
    producer: ProducerId
    attempt: int
    code: FailCode
    action: Literal["again", "longer", "provider", "end"]
    end: EndCode | None
    sentence: str | None
    context: int | None
    trusted: Literal[0, 1]


class FailJob(JobScript, frozen=True, kw_only=True):
    """End a job as failed, whoever holds it."""

    name = "fail_job"
    condition: Literal["any", "unservable"]
    sentences: str
    code: EndCode | None
    providers: tuple[ProducerId, ...]


class Release(JobScript, frozen=True, kw_only=True):
    """A claim is handed back, or taken away."""

    name = "release"
    producer: ProducerId | None
    attempt: int | None
    counts: Literal[0, 1]


class Renew(JobScript, frozen=True, kw_only=True):
    """A sign of life for a claim; `is_thinking` is 1 or 0."""

    name = "renew"
    producer: ProducerId
    attempt: int
    is_thinking: int = 0


class Sweep(JobScript, frozen=True, kw_only=True):
    """Look at a job whose deadline came."""

    name = "sweep"
    code: EndCode
    sentence: str


class ReadLog(JobScript, frozen=True, kw_only=True):
    """The events after the last one that a reader has."""

    name = "read_log"
    after: int
    digest: str
    at_most: int | None


class ReadEnded(JobScript, frozen=True, kw_only=True):
    """What is left of an ended job."""

    name = "read_ended"


class Settle(JobScript, frozen=True, kw_only=True):
    """The answer is saved and paid."""

    name = "settle"
