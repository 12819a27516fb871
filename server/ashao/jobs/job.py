"""What a job is made of: plain values that know nothing of Redis, HTTP or time."""

from enum import StrEnum
from typing import Literal, NewType

import msgspec

from ashao.messages import Message, Params, prefix_of

JobId = NewType("JobId", str)
ProducerId = NewType("ProducerId", str)
ProducerKind = Literal["worker", "provider"]
Home = Literal["browser", "native", "cloud", "simulation"]

ANY_MODEL = "auto"


class Status(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


ENDED = frozenset({Status.DONE, Status.FAILED})


class Tier(StrEnum):
    """Who is asked first: browser workers for `pro`, native workers and the cloud for `max`."""

    PRO = "pro"
    MAX = "max"


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as its sender describes it.

    `charge` is what was taken for it, in credits. With `no_worker` a provider may claim at once.
    A worker must hold `context_tokens` to claim it, and have the model if one is named. A patient
    job lets those go first whose senders wait for fewer answers.
    """

    id: JobId
    user_id: str
    tier: Tier
    messages: list[Message]
    model: str = ANY_MODEL
    params: Params = Params()
    conversation_id: str | None = None
    charge: int = 0
    no_worker: bool = False
    context_tokens: int = 0
    low_priority: bool = False


class Producer(msgspec.Struct, frozen=True):
    """Who asks for a claim, with what a worker can do; its context is None when it did not say.

    Workers of one account, or of one address, have one voice: what several of them say of a job
    counts once. A worker that was given none speaks for itself. `slowest_token_ms` is the slowest
    pace that is fair for such a worker, None where nothing was measured. It `is_proven` if its
    latest answer was whole, or where nobody's was. `home` is where it runs, if that is known.
    """

    id: ProducerId
    kind: ProducerKind = "worker"
    model: str = ""
    context_tokens: int | None = None
    abilities: frozenset[str] = frozenset()
    voice: str = ""
    slowest_token_ms: int | None = None
    is_proven: bool = True
    home: Home | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A won claim: all that a producer learns about a job, and nothing about whose it is.

    `messages` ends with an assistant message, the prefix, when text was already streamed.
    `params.max_tokens` is what is left of the budget.
    """

    job_id: JobId
    tier: Tier
    model: str
    messages: list[Message]
    attempt: int
    next_seq: int
    params: Params

    @property
    def is_workers_alone(self) -> bool:
        """Whether only a worker can go on: no provider continues JSON that has begun."""
        return self.params.json_schema is not None and prefix_of(self.messages) != ""


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt gave to an answer, in tokens; `thoughts` are those of its thinking.

    `model` is empty and `home` None where nobody said.
    """

    attempt: int
    producer_id: ProducerId
    kind: ProducerKind
    tokens: int
    thoughts: int = 0
    model: str = ""
    home: Home | None = None

    @property
    def work(self) -> int:
        """All that it wrote."""
        return self.tokens + self.thoughts


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job's hash at one moment. Moments are epoch milliseconds on the store's clock.

    `claimed_by` stays after the end: it is then who spoke last. `attempt` counts claims and
    `failures` those that were lost. `tried` names the providers that failed, the last one at its
    end. `tokens` is the sum of the contributions, one for each claim, in order;
    `reported_tokens` what the last producer says. `abilities` are what a worker
    must be able to do. `blamed_by` are the workers that said that the request itself is at fault.
    """

    id: JobId
    user_id: str
    tier: Tier
    model: str
    status: Status
    claimed_by: ProducerId | None
    conversation_id: str | None
    charge: int
    no_worker: bool
    context_tokens: int
    attempt: int
    failures: int
    tried: tuple[str, ...]
    next_seq: int
    tokens: int
    reported_tokens: int | None
    error: str | None
    created_at: int
    queued_at: int
    ended_at: int | None
    settled_at: int | None
    contributions: tuple[Contribution, ...]
    abilities: frozenset[str] = frozenset()
    blamed_by: tuple[ProducerId, ...] = ()
    claimed_at: int | None = None

    def is_held_by(self, producer_id: str) -> bool:
        """Whether this producer is writing it."""
        return self.status is Status.RUNNING and self.claimed_by == producer_id

    @property
    def is_workers_alone(self) -> bool:
        """The same of a job that is not claimed."""
        return bool(self.abilities) and self.tokens > 0

    @property
    def is_programs(self) -> bool:
        """Whether a program asked: nothing of what it says is kept as a conversation."""
        return self.conversation_id is None

    @property
    def most_tokens(self) -> int:
        """More than its prompt, its answer so far and the rest of its budget can be in any model.

        The need is estimated at four characters a token; no usual text takes two for a character.
        """
        return 8 * (self.context_tokens + self.tokens)

    @property
    def has_ended(self) -> bool:
        """Whether nothing can be added any more."""
        return self.status in ENDED
