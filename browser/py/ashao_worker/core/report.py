"""What a worker tells the one who donates: its state, its name once it has one, its figures."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from ashao_worker.core.environment import Environment
from ashao_worker.core.wire import Session, WorkerId

SPEED_FADE_MS = 10_000
STATS_INTERVAL_MS = 500


class State(StrEnum):
    """How a worker is; `loading` belongs to whoever loads the model.

    `error` is an end. Trouble that may pass is `paused` with a sentence: the worker goes on by
    itself.
    """

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    WORKING = "working"
    PAUSED = "paused"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A new state; `message` is a sentence for people, there when something is wrong."""

    state: State
    message: str | None = None
    type: str = "state"


@dataclass(frozen=True, slots=True)
class Registered:
    """The worker has a name and a secret; a page needs both to say goodbye by beacon."""

    worker_id: WorkerId
    token: str = field(repr=False)
    type: str = "registered"


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures since the start; `tokens_per_second` is of the last seconds of work."""

    jobs_done: int
    tokens: int
    tokens_per_second: float
    type: str = "stats"


type Event = StateChanged | Registered | Stats
type Observer = Callable[[Event], None]


class Report:
    """Keeps the figures and tells the observer what changed, once."""

    def __init__(self, environment: Environment, observer: Observer) -> None:
        self._environment = environment
        self._observer = observer
        self._last: StateChanged | None = None
        self._jobs_done = 0
        self._tokens = 0
        self._speed = Speed()
        self._stats_sent_at = -math.inf

    @property
    def tokens_per_second(self) -> float | None:
        """The measured speed; None before any."""
        return round(self._speed.per_second, 2) or None

    def set_state(self, state: State, message: str | None = None) -> None:
        """The state now."""
        event = StateChanged(state, message)
        if event != self._last:
            self._last = event
            self._observer(event)

    def set_session(self, session: Session) -> None:
        """The worker has a (new) session."""
        self._observer(Registered(session.worker_id, session.token))

    def count_tokens(self, tokens: int) -> None:
        """An engine made some tokens just now."""
        now = self._environment.now_ms()
        self._tokens += tokens
        self._speed.add(tokens, now)
        if now - self._stats_sent_at >= STATS_INTERVAL_MS:
            self._send_stats()

    def count_job(self) -> None:
        """An answer is whole."""
        self._jobs_done += 1
        self._send_stats()

    def pause_clock(self) -> None:
        """No engine is at work: the time until the next token says nothing about speed."""
        self._speed.pause_clock()

    def _send_stats(self) -> None:
        """Tell the figures now."""
        self._stats_sent_at = self._environment.now_ms()
        self._observer(Stats(self._jobs_done, self._tokens, self.tokens_per_second or 0.0))


class Speed:
    """Tokens per second of working time; older work fades over about ten seconds."""

    def __init__(self) -> None:
        self._tokens = 0.0
        self._time_ms = 0.0
        self._last_ms: float | None = None

    @property
    def per_second(self) -> float:
        """The speed; 0 while nothing was measured."""
        return 1000 * self._tokens / self._time_ms if self._time_ms else 0.0

    def add(self, tokens: int, now_ms: float) -> None:
        """Count tokens that came now; the first after a rest only start the clock."""
        if self._last_ms is not None:
            gap_ms = now_ms - self._last_ms
            fade = math.exp(-gap_ms / SPEED_FADE_MS)
            self._tokens = self._tokens * fade + tokens
            self._time_ms = self._time_ms * fade + gap_ms
        self._last_ms = now_ms

    def pause_clock(self) -> None:
        """Work stops."""
        self._last_ms = None
