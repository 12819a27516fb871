"""A job's life once more, in plain Python: what the scripts must do, for the stateful test."""

from dataclasses import dataclass, field
from typing import Literal

from ashao.jobs.event import DoneEvent, ErrorEvent, StoredEvent, TokenEvent
from ashao.jobs.job import NewJob, Producer
from ashao.jobs.store import Rules
from ashao_text.visible import visible_characters

# Hours, so that the time that the test itself takes is nothing.
RULES = Rules(
    grace_ms=10_000_000,
    lease_ms=30_000_000,
    first_token_ms=50_000_000,
    queue_ttl_s=10**9,
    max_attempts=2,
    thinking_ms=10**13,
    fair_start_ms=10**13,
    max_thought_bytes=12,
)
LOSSES_A_VOICE = 4


@dataclass
class ModelJob:
    """What is known of one job."""

    new: NewJob
    grace_left: int
    status: str = "queued"
    holder: Producer | None = None
    attempt: int = 0
    failures: int = 0
    first_seq: int = 0
    lease_left: int = 0
    progress_left: int = 0
    no_worker: bool = False
    is_settled: bool = False
    losses: int = 0
    heard: set[str] = field(default_factory=set)
    heard_left: int = 0
    waited: int = 0
    queued_for: int = 0
    empty_by: str | None = None
    pause_left: int = 0
    tried: list[str] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)
    contributions: list[int] = field(default_factory=list)
    thoughts: list[int] = field(default_factory=list)
    claim_thought_bytes: int = 0

    @classmethod
    def of(cls, new: NewJob) -> "ModelJob":
        """A job just enqueued."""
        return cls(new, 0 if new.no_worker else RULES.grace_ms, no_worker=new.no_worker)

    @property
    def has_ended(self) -> bool:
        return self.status in ("done", "failed")

    @property
    def next_seq(self) -> int:
        return len(self.events) - self.has_ended

    @property
    def is_exhausted(self) -> bool:
        most = RULES.max_attempts
        return self.failures >= most or self.losses >= LOSSES_A_VOICE * most

    @property
    def is_empty(self) -> bool:
        """Whether a reader got nothing at all."""
        return not any(getattr(event, "value", "") for event in self.events)

    @property
    def is_open_to_workers(self) -> bool:
        return not self.no_worker and not self.is_exhausted

    @property
    def is_open_to_providers(self) -> bool:
        return self.is_exhausted or self.grace_left <= 0

    def may_be_claimed_by(self, producer: Producer) -> bool:
        """Whether a claim passes."""
        if self.status != "queued":
            return False
        if producer.kind == "worker":
            is_last = producer.id in self.heard and self.heard_left > 0
            return self.is_open_to_workers and not is_last
        is_paused = self.is_exhausted or self.pause_left > 0
        return self.is_open_to_providers and not (is_paused and producer.id in self.tried)

    def holds(self, producer: Producer, attempt: int) -> bool:
        """Whether the producer speaks for the running claim."""
        return self.status == "running" and (self.holder, self.attempt) == (producer, attempt)

    def claim(self, producer: Producer) -> None:
        self.status, self.holder = "running", producer
        self.attempt += 1
        self.waited += self.queued_for
        self.first_seq = self.next_seq
        self.lease_left, self.progress_left = RULES.lease_ms, RULES.first_token_ms
        self.contributions.append(0)
        self.thoughts.append(0)
        self.claim_thought_bytes = 0

    def publish(self, value: str, tokens: int) -> None:
        self.events.append(TokenEvent(self.next_seq, value))
        seen = min(tokens, visible_characters(value))
        self.contributions[-1] += seen
        self.lease_left = RULES.lease_ms
        if seen:
            self.progress_left, self.waited = RULES.lease_ms, 0

    def think(self, value: str, tokens: int) -> bool:
        """Whether the thought is taken; else it was one too many, and the claim is lost."""
        self.claim_thought_bytes += len(value.encode())
        if self.claim_thought_bytes > RULES.max_thought_bytes:
            self.lose("failed")
            return False
        self.events.append(TokenEvent(self.next_seq, "", thinking=value))
        self.thoughts[-1] += min(tokens, visible_characters(value))
        self.lease_left = RULES.lease_ms
        self.progress_left = max(self.progress_left, RULES.lease_ms)
        return True

    def lose(self, how: str) -> None:
        """The claim ends: released, failed or lapsed."""
        budget = self.new.params.max_tokens
        if budget is not None and sum(self.contributions) >= budget:
            self.end_done("length")
            return
        assert self.holder is not None
        if how != "released" and self.holder.kind == "worker":
            self._count_workers_loss(self.holder.id)
        elif how != "released":
            self.failures += 1
            self.tried = [each for each in self.tried if each != self.holder.id]
            self.tried.append(self.holder.id)
        if self.holder.kind == "worker":
            self.grace_left = max(0, RULES.grace_ms - self.waited)
        elif how == "failed":
            self.pause_left = RULES.grace_ms
        self.status, self.holder, self.queued_for = "queued", None, 0

    def _count_workers_loss(self, voice: str) -> None:
        self.losses += 1
        if voice in self.heard:
            self.heard_left = RULES.grace_ms
        else:
            self.failures += 1
            self.heard.add(voice)

    def complete(self) -> None:
        """The holder says that the answer is whole."""
        assert self.holder is not None
        voice, budget = self.holder.id, self.new.params.max_tokens or float("inf")
        thoughts = self.thoughts[-1]
        is_spent = thoughts > 0 and sum(self.contributions) + thoughts >= budget
        is_in_doubt = self.is_empty and not is_spent and self.empty_by in (None, voice)
        if self.holder.kind == "worker" and is_in_doubt:
            self.empty_by = voice
            self.lose("failed")
        else:
            self.end_done("length" if is_spent else None)

    def end_done(self, finish: Literal["length"] | None = None) -> None:
        tokens, thoughts = sum(self.contributions), sum(self.thoughts)
        self.events.append(DoneEvent(self.next_seq, tokens, finish, thoughts=thoughts))
        self.status = "done"

    def end_failed(self, message: str) -> None:
        self.events.append(ErrorEvent(self.next_seq, message))
        self.status = "failed"

    def pass_time(self, ms: int) -> None:
        self.grace_left -= ms
        self.heard_left -= ms
        self.queued_for += ms if self.status == "queued" else 0
        self.pause_left -= ms
        self.lease_left -= ms
        self.progress_left -= ms

    @property
    def has_lapsed(self) -> bool:
        return self.status == "running" and min(self.lease_left, self.progress_left) <= 0
