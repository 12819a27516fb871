"""The loop: register, claim by long poll, run the attempt, again; until stopped.

It never asks where it runs: `environment` and `engine` are given.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

from ashao_worker.attempt import Attempt, Ending
from ashao_worker.backoff import Backoff
from ashao_worker.claims import Claims
from ashao_worker.engine import FATAL, JOB_AT_FAULT, SENTENCES, Engine, EngineCode
from ashao_worker.environment import Environment
from ashao_worker.gate import Gate
from ashao_worker.heartbeat import Pulse
from ashao_worker.orchestrator import (
    NotRegistered,
    Orchestrator,
    OrchestratorError,
    Rejected,
)
from ashao_worker.race import race
from ashao_worker.report import Observe, Report, State
from ashao_worker.wire import Claim, Registration, Release, Seat

WAIT_MS = 20_000  # one long poll
TURN_MS = 2_000  # the same when tiers take turns
TOO_SOON_MS = 250  # an empty answer before that is not a long poll
PAUSED = object()  # how a claim call ends that a pause cut off


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """What is given: `kind` is browser or native; at most 64 jobs at a time.

    `account_key` is a secret: the key of the account that earns, where the page's cookie does not
    tell.
    """

    kind: str
    tiers: Sequence[str]
    concurrency: int = 1
    account_key: str | None = field(default=None, repr=False)


class EngineGone(Exception):
    """The engine will not work again; the text is a sentence for people."""


class Worker:
    """Donates from `run` to `stop`. One use."""

    def __init__(
        self, environment: Environment, engine: Engine, donation: Donation, observe: Observe
    ) -> None:
        self._environment = environment
        self._engine = engine
        self._donation = donation
        self._orchestrator = Orchestrator(environment, donation.account_key)
        self._report = Report(environment, observe)
        self._claims = Claims()
        self._claiming = Gate(is_open=True)
        self._stopping = Gate(is_open=False)
        self._hurry = Gate(is_open=False)
        self._finish_s = 0.0
        self._seat: Seat | None = None
        self._trouble: str | None = None

    @property
    def jobs_in_progress(self) -> int:
        """How many answers are being written."""
        return len(self._claims)

    def stop(self, finish_s: float = 0.0) -> None:
        """Claim no more. What is being written may go on for `finish_s`; then it is released.

        A second call may shorten that to nothing.
        """
        self._finish_s = finish_s
        self._claiming.set(is_open=False)
        self._stopping.set(is_open=True)
        self._hurry.set(is_open=finish_s <= 0)

    def pause(self) -> None:
        """Claim no more for now; what is being written goes on."""
        self._claiming.set(is_open=False)
        self._show()

    def resume(self) -> None:
        """Claim again after a pause."""
        self._claiming.set(is_open=not self._stopping.is_open)
        self._show()

    async def run(self) -> None:
        """Donate until stopped. Raises Rejected when the orchestrator will not have us.

        An engine that is gone ends it too, as the state `error`.
        """
        message = None
        try:
            await race(self._donate(), self._stopped())
        except EngineGone as gone:
            message = str(gone)
        except Rejected as refused:
            message = str(refused)
            raise
        finally:
            await self._release()
            self._report.state(State.ERROR if message else State.IDLE, message)

    async def _stopped(self) -> None:
        """Wait for `stop`, then for the answers in progress or the end of patience."""
        await self._stopping.until_open()
        await race(
            self._claims.busy.until_shut(),
            self._hurry.until_open(),
            self._environment.sleep(self._finish_s),
        )

    async def _donate(self) -> None:
        backoff = Backoff(self._environment)
        while True:
            self._seat = seat = await self._register()
            self._report.registered(seat)
            self._show()
            pulse = Pulse(self._orchestrator, self._environment, seat, self._claims, self._report)
            lanes = [self._lane(seat, backoff) for _ in range(self._donation.concurrency)]
            try:
                await race(pulse.run(), *lanes)
            except NotRegistered:
                await backoff.rest()

    async def _register(self) -> Seat:
        """Become a worker, however long it takes; raises Rejected."""
        backoff = Backoff(self._environment, most_s=30)
        registration = Registration(
            type=self._donation.kind,
            model=self._engine.model,
            tiers=tuple(self._donation.tiers),
            context_tokens=self._engine.context_tokens,
        )
        while True:
            try:
                seat = await self._orchestrator.register(registration)
            except Rejected:
                raise
            except OrchestratorError as trouble:
                await self._rest(backoff, trouble)
            else:
                self._troubled(None)
                return seat

    async def _lane(self, seat: Seat, welcome: Backoff) -> None:
        """One job after another; raises NotRegistered and EngineGone."""
        network = Backoff(self._environment)
        engine = Backoff(self._environment, first_s=1, most_s=60)
        for tier in cycle(self._donation.tiers):
            await self._claiming.until_open()
            asked_at = self._environment.now_ms()
            try:
                claim = await self._claim(seat, tier)
            except NotRegistered:
                raise
            except OrchestratorError as trouble:
                await self._rest(network, trouble)
                continue
            welcome.reset()
            if claim is not None:
                network.reset()
                await self._serve(claim, seat, engine)
            elif self._environment.now_ms() - asked_at < TOO_SOON_MS:
                await network.rest()
            else:
                network.reset()
            self._troubled(None)

    async def _claim(self, seat: Seat, tier: str) -> Claim | None:
        """A job, or None; a pause ends the call, and frees what it may have claimed unseen."""
        wait_ms = WAIT_MS if len(self._donation.tiers) == 1 else TURN_MS
        ending = await race(self._orchestrator.claim(seat, tier, wait_ms), self._paused())
        # The pause may be over again already: what counts is that nobody heard the answer.
        if ending is PAUSED and not self._stopping.is_open and not self._claims:
            await self._release()
        return ending if isinstance(ending, Claim) else None

    async def _paused(self) -> object:
        await self._claiming.until_shut()
        return PAUSED

    async def _serve(self, claim: Claim, seat: Seat, engine: Backoff) -> None:
        """Run an attempt; a failing engine rests before it may spoil another job."""
        attempt = Attempt(
            claim, seat, self._orchestrator, self._engine, self._environment, self._report
        )
        self._claims.add(attempt)
        self._troubled(None)
        try:
            ending = await attempt.run()
        finally:
            self._claims.remove(attempt)
            if not self._claims:
                self._report.rested()
        if ending is Ending.DONE:
            engine.reset()
            self._report.done()
        if attempt.failure is not None:
            await self._recover(attempt.failure, engine)
        self._show()

    async def _recover(self, failure: EngineCode, engine: Backoff) -> None:
        if failure in FATAL:
            raise EngineGone(SENTENCES[failure])
        if failure not in JOB_AT_FAULT:
            self._troubled(SENTENCES[failure])
            await engine.rest()

    async def _rest(self, backoff: Backoff, trouble: OrchestratorError) -> None:
        self._troubled(f"{trouble} Trying again.")
        await backoff.rest(trouble.retry_after_s)

    async def _release(self) -> None:
        """Let everything go, if there is anyone to tell; a lost goodbye only costs a lease."""
        if self._seat is not None:
            with contextlib.suppress(OrchestratorError):
                await self._orchestrator.release(self._seat, Release(self._seat.worker_id))

    def _troubled(self, sentence: str | None) -> None:
        self._trouble = sentence
        self._show()

    def _show(self) -> None:
        """Tell the state that follows from all we know."""
        if self._claims:
            self._report.state(State.WORKING)
        elif self._stopping.is_open:
            return  # the end says what it is
        elif self._trouble or not self._claiming.is_open:
            self._report.state(State.PAUSED, self._trouble)
        elif self._seat is not None:
            self._report.state(State.READY)
