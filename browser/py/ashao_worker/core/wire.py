"""Every message to and from the orchestrator: values and their JSON. It knows nothing of HTTP.

Python says `next_seq`, the wire says `nextSeq`. What is None is left out. Unknown keys are
ignored, so that an older worker understands a newer server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NewType, Self

from ashao_text.finish import Finish
from ashao_text.tools.description import Tools
from ashao_worker.core.claimed_tools import tools_from
from ashao_worker.core.reader import Reader

JobId = NewType("JobId", str)
WorkerId = NewType("WorkerId", str)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; a last one of the assistant is the prefix to continue."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Sampling; what is None is the engine's own choice.

    `raw`: the messages, joined, are a text to go on from, around which no template is written; an
    engine that can only chat takes them for turns. With a `json_schema` the whole answer is JSON
    that satisfies it, with `tools` it is calls of them; only workers that registered this ability
    are given one.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] | None = None
    seed: int | None = None
    raw: bool | None = None
    json_schema: Mapping[str, object] | None = None
    tools: Tools | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker learns about a job."""

    id: JobId
    tier: str
    model: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours for now. `next_seq` is the seq of our first token event."""

    job: Job
    messages: tuple[Message, ...]
    attempt: int
    next_seq: int
    params: Params

    @classmethod
    def from_json(cls, data: object) -> Self | None:
        """A claim, or None when there was nothing to do; raises MalformedReply."""
        read = Reader(data)
        if read.optional("job") is None:
            return None
        job = Reader(read.optional("job"))
        return cls(
            job=Job(JobId(job.text("id")), job.text("tier"), job.text("model")),
            messages=tuple(
                Message(each.text("role"), each.text("content"))
                for each in map(Reader, read.items("messages"))
            ),
            attempt=read.count("attempt"),
            next_seq=read.count("nextSeq"),
            params=_params(Reader(read.optional("params") or {})),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a worker says of itself; `type` is browser or native.

    `slots` is how many answers it writes at a time, where the server would not expect so many.
    `is_spare`: it takes only what no other worker is free for. `engine` is a name and a version,
    `abilities` are the server's words for what not every worker can do.
    """

    type: str
    model: str
    tiers: tuple[str, ...] | None = None
    context_tokens: int | None = None
    slots: int | None = None
    is_spare: bool | None = None
    engine: str | None = None
    abilities: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A registered worker's name and secret, the rhythm to keep, and whether thoughts are taken."""

    worker_id: WorkerId
    token: str
    lease_ms: int
    heartbeat_ms: int
    takes_thinking: bool = False

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read a registration's answer; raises MalformedReply."""
        read = Reader(data)
        return cls(
            WorkerId(read.text("workerId")),
            read.text("token"),
            read.count("leaseMs"),
            read.count("heartbeatMs"),
            read.optional("takesThinking") is True,
        )

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Session({self.worker_id!r})"


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """A piece of an answer as it is published; frozen once it was sent. `kind` is "thinking" of a
    thought, for servers that take them."""

    job_id: JobId
    attempt: int
    seq: int
    value: str
    tokens: int
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer is whole: `seq` is the next one that was never sent. `reason` is why it ended."""

    job_id: JobId
    worker_id: WorkerId
    attempt: int
    seq: int
    tokens: int
    reason: Finish | None = None


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A claim by name, in heartbeats and releases. `is_thinking`: its model is at work, and has not
    come to what a reader sees."""

    job_id: JobId
    attempt: int
    is_thinking: bool | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """This attempt cannot go on; `error` is a code of the closed list."""

    job_id: JobId
    attempt: int
    error: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life."""

    worker_id: WorkerId
    jobs: tuple[HeldJob, ...]
    tokens_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Free the named claims; without names, all of the worker's and its pending claim calls."""

    worker_id: WorkerId
    jobs: tuple[HeldJob, ...] | None = None


def prefix_of(messages: Sequence[Message]) -> str:
    """The text to continue, or nothing."""
    return messages[-1].content if messages and messages[-1].role == "assistant" else ""


@dataclass(frozen=True, slots=True)
class HeartbeatReply:
    """The jobs to stop, and whether the server that is there now takes thoughts."""

    cancel: frozenset[JobId]
    takes_thinking: bool = False

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read a heartbeat's answer; raises MalformedReply."""
        read = Reader(data)
        return cls(
            frozenset(JobId(str(each)) for each in read.items("cancel")),
            read.optional("takesThinking") is True,
        )


def conflict_fields(data: object) -> tuple[str, int]:
    """Word and expected seq of a 409; an answer without them means: this claim is over."""
    found = data if isinstance(data, Mapping) else {}
    word, expected = found.get("refusal"), found.get("expected")
    return (
        word if isinstance(word, str) else "stale",
        expected if isinstance(expected, int) else -1,
    )


def _params(read: Reader) -> Params:
    stop = read.optional("stop")
    return Params(
        temperature=read.number("temperature"),
        top_p=read.number("topP"),
        max_tokens=read.whole("maxTokens"),
        stop=tuple(str(each) for each in read.items("stop")) if stop is not None else None,
        seed=read.whole("seed"),
        raw=read.optional("raw") is True or None,
        json_schema=read.mapping("jsonSchema"),
        tools=tools_from(read.mapping("tools")),
    )
