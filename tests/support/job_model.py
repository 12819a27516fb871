"""A job's life once more, in plain Python: what the scripts must do, for the stateful test."""

from dataclasses import dataclass, field

from ashao.jobs.events import DoneEvent, ErrorEvent, Finish, StoredEvent, TokenEvent
from ashao.jobs.job import NewJob, Producer
from ashao.jobs.scripts import Rules

# Hours, so that the time that the test itself takes is nothing.
RULES = Rules(
    grace_ms=10_000_000,
    lease_ms=30_000_000,
    first_token_ms=50_000_000,
    queue_ttl_s=1_000_000,
    max_attempts=2,
)


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
    pause_left: int = 0
    tried: list[str] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)

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
        return self.failures >= RULES.max_attempts

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
            return self.is_open_to_workers
        is_paused = self.is_exhausted or self.pause_left > 0
        return self.is_open_to_providers and not (is_paused and producer.id in self.tried)

    def holds(self, producer: Producer, attempt: int) -> bool:
        """Whether the producer speaks for the running claim."""
        return self.status == "running" and (self.holder, self.attempt) == (producer, attempt)

    def claim(self, producer: Producer) -> None:
        self.status, self.holder = "running", producer
        self.attempt += 1
        self.first_seq = self.next_seq
        self.lease_left, self.progress_left = RULES.lease_ms, RULES.first_token_ms
        self.shares.append(0)

    def publish(self, value: str, tokens: int) -> None:
        self.events.append(TokenEvent(self.next_seq, value))
        self.shares[-1] += min(tokens, len(value.encode()))
        self.lease_left = self.progress_left = RULES.lease_ms

    def lose(self, how: str) -> None:
        """The claim ends: released, failed or lapsed."""
        budget = self.new.params.max_tokens
        if budget is not None and sum(self.shares) >= budget:
            self.end_done("length")
            return
        assert self.holder is not None
        if how != "released":
            self.failures += 1
            if self.holder.kind == "provider":
                self.tried = [each for each in self.tried if each != self.holder.id]
                self.tried.append(self.holder.id)
        if self.holder.kind == "worker":
            self.grace_left = RULES.grace_ms
        elif how == "failed":
            self.pause_left = RULES.grace_ms
        self.status, self.holder = "queued", None

    def end_done(self, finish: Finish | None = None) -> None:
        self.events.append(DoneEvent(self.next_seq, sum(self.shares), finish))
        self.status = "done"

    def end_failed(self, message: str) -> None:
        self.events.append(ErrorEvent(self.next_seq, message))
        self.status = "failed"

    def pass_time(self, ms: int) -> None:
        self.grace_left -= ms
        self.pause_left -= ms
        self.lease_left -= ms
        self.progress_left -= ms

    @property
    def has_lapsed(self) -> bool:
        return self.status == "running" and min(self.lease_left, self.progress_left) <= 0
