"""Every JSON body that crosses the front door, with its limits; camelCase on the wire."""

from typing import Annotated, Literal

import msgspec

MAX_BODY_BYTES = 256 * 1024
MAX_CONTENT_CHARACTERS = 32_000
MAX_TOKEN_CHARACTERS = 16_000

# Patterns are read by Python and by readers of the document, so they end in `$`; in Python that
# also means "before a last line break", hence the length beside it.
ID_PATTERN = "^[0-9a-f]{32}$"
Id = Annotated[
    str,
    msgspec.Meta(
        min_length=32,
        max_length=32,
        pattern=ID_PATTERN,
        description="128 random bits, in hex",
    ),
]
# Something to read, without NUL, which SQL cannot hold; one way to match, so never slow.
READABLE = r"^\s*[^\s\x00][^\x00]*$"
TierName = Literal["pro", "max"]
AUTO = "auto"
TierChoice = Literal["auto", "pro", "max"]  # auto: the tier that has workers now, pro first
Seq = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Attempt = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
EngineName = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/+()-]*(?!\n)$",
        description="an engine and its version",
    ),
]
ModelName = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[A-Za-z0-9._~/\\][A-Za-z0-9 ._~:/\\@+,=()-]*(?!\n)$",
        description="a name or a path",
    ),
]


Ability = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """A JSON body; fields are camelCase on the wire."""


class Problem(Wire):
    """Every error: a sentence for people, and for a producer the word and the seq it needs."""

    error: str
    refusal: str | msgspec.UnsetType = msgspec.UNSET
    expected: int | msgspec.UnsetType = msgspec.UNSET


class SendBody(Wire, forbid_unknown_fields=True):
    """A person's message. `retryOf` names a failed job whose question this is again."""

    content: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=MAX_CONTENT_CHARACTERS, pattern=READABLE),
    ]
    tier: TierChoice = "pro"
    conversation_id: Id | None = None
    retry_of: Id | None = None


class Sent(Wire):
    """The job exists; its stream may be opened."""

    job_id: str
    conversation_id: str


class JobBody(Wire, forbid_unknown_fields=True):
    """Names one job."""

    job_id: Id


class Cancelled(Wire):
    """Whether this call ended the job; false: it had ended before."""

    cancelled: bool


class RegisterBody(Wire):
    """A worker says what it is and what it can do; a spare one comes after all others.

    `abilities` are words; those that the server does not know change nothing.
    """

    type: Literal["browser", "native"]
    model: ModelName
    tiers: Annotated[list[TierName], msgspec.Meta(min_length=1, max_length=2)] | None = None
    context_tokens: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None
    slots: Annotated[int, msgspec.Meta(ge=1, le=64)] | None = None
    is_spare: bool = False
    engine: EngineName | None = None
    abilities: Annotated[list[Ability], msgspec.Meta(max_length=16)] = []


class Registered(Wire):
    """A worker's name and secret, the rhythm to keep, and that pieces may be of thinking."""

    worker_id: str
    token: str
    lease_ms: int
    heartbeat_ms: int
    takes_thinking: bool = True


class ClaimBody(Wire):
    """A worker asks for a job, and how long it would wait for one."""

    worker_id: Id
    tier: TierName
    wait_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0


class NothingToClaim(Wire):
    """No job came while the claim waited."""

    job: None = None


class TokenBody(Wire):
    """A piece of an answer, or of what the model thinks first, which is no part of it."""

    job_id: Id
    attempt: Attempt
    seq: Seq
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TOKEN_CHARACTERS)]
    tokens: Annotated[int, msgspec.Meta(ge=0, le=MAX_TOKEN_CHARACTERS)] = 1
    kind: Literal["text", "thinking"] = "text"


class Accepted(Wire):
    """What became of it: ok, or repeat when it had arrived before."""

    result: str


class CompleteBody(Wire):
    """The answer is whole. `tokens` is the worker's own count of it, a cross-check.

    `reason` is why the model ended, in its own word: "length" when budget or window was full.
    """

    job_id: Id
    attempt: Attempt
    worker_id: Id | None = None
    seq: Seq | None = None
    tokens: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class FailBody(Wire):
    """The worker cannot go on. `error` is a code of a closed list; other text is not kept."""

    job_id: Id
    attempt: Attempt
    error: Annotated[str, msgspec.Meta(max_length=2_000)]


class HeldJob(Wire):
    """A job that a worker believes it holds, and whether its model thinks, out of sight."""

    job_id: Id
    attempt: Attempt
    is_thinking: bool = False


class HeartbeatBody(Wire):
    """A sign of life, naming what the worker believes it holds."""

    worker_id: Id
    jobs: Annotated[list[HeldJob], msgspec.Meta(max_length=64)] = []
    tokens_per_second: Annotated[float, msgspec.Meta(ge=0, le=100_000)] | None = None


class HeartbeatReply(Wire):
    """The jobs to stop at once. `takesThinking`: whoever answers takes pieces of thinking."""

    cancel: list[str]
    takes_thinking: bool = True


class ReleaseBody(Wire):
    """A worker lets go: of the named jobs, or of everything. A beacon carries its token here."""

    worker_id: Id
    token: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    jobs: Annotated[list[HeldJob], msgspec.Meta(max_length=64)] | None = None


class Released(Wire):
    """How many claims went back to the queue."""

    released: int
