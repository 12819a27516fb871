"""The loop: register, claim by long poll, run the attempt, again; until stopped.

It never asks where it runs: `environment` and `engine` are given.
"""

import contextlib
from itertools import cycle, islice

from ashao_worker.core.attempt import Attempt, Outcome
from ashao_worker.core.backoff import Backoff
from ashao_worker.core.claims import Claims
from ashao_worker.core.donation import Donation
from ashao_worker.core.engine import FATAL, JOB_AT_FAULT, SENTENCES, Engine, EngineCode
from ashao_worker.core.environment import Environment
from ashao_worker.core.heartbeat import HeartbeatLoop
from ashao_worker.core.latch import Latch
from ashao_worker.core.orchestrator import (
    Orchestrator,
    OrchestratorError,
    RequestRejected,
    UnknownWorker,
)
from ashao_worker.core.race import race
from ashao_worker.core.report import Observer, Report, State
from ashao_worker.core.wire import Claim, Registration, Release, Session

LONG_POLL_MS = 20_000  # one long poll
TIER_TURN_MS = 2_000  # the same when tiers take turns
MIN_POLL_MS = 250  # an empty answer before that is not a long poll
PAUSED = object()  # the outcome of a claim call that a pause cut off


class EngineUnusable(Exception):
    """The engine will not work again; the text is a sentence for people."""


class Worker:
    """Donates from `run` to `stop`. One use."""

    def __init__(
        self, environment: Environment, engine: Engine, donation: Donation, observer: Observer
    ) -> None:
        self._environment = environment
        self._engine = engine
        self._donation = donation
        self._orchestrator = Orchestrator(environment, donation.account_key)
        self._report = Report(environment, observer)
        self._claims = Claims()
        self._claim_latch = Latch(is_open=True)
        self._stop_latch = Latch(is_open=False)
        self._abort_latch = Latch(is_open=False)
        self._thoughts = Latch(is_open=False)  # whether the server takes them
        self._drain_s = 0.0
        self._session: Session | None = None
        self._trouble: str | None = None

    def stop(self, drain_s: float = 0.0) -> None:
        """Claim no more. What is being written may go on for `drain_s`; then it is released.

        A second call may shorten that to nothing.
        """
        self._drain_s = drain_s
        self._claim_latch.set(is_open=False)
        self._stop_latch.set(is_open=True)
        self._abort_latch.set(is_open=drain_s <= 0)

    def pause(self) -> None:
        """Claim no more for now; what is being written goes on."""
        self._claim_latch.set(is_open=False)
        self._report_state()

    def resume(self) -> None:
        """Claim again after a pause."""
        self._claim_latch.set(is_open=not self._stop_latch.is_open)
        self._report_state()

    async def run(self) -> None:
        """Donate until stopped. Raises RequestRejected when the orchestrator will not have us.

        An unusable engine ends it too, as the state `error`.
        """
        message = None
        try:
            await race(self._donate(), self._wait_for_stop())
        except EngineUnusable as error:
            message = str(error)
        except RequestRejected as refused:
            message = str(refused)
            raise
        finally:
            await self._release()
            self._report.set_state(State.ERROR if message else State.IDLE, message)

    async def _wait_for_stop(self) -> None:
        """Wait for `stop`, then for the answers in progress, at most `drain_s`."""
        await self._stop_latch.until_open()
        await race(
            self._claims.busy.until_closed(),
            self._abort_latch.until_open(),
            self._environment.sleep(self._drain_s),
        )

    async def _donate(self) -> None:
        backoff = Backoff(self._environment)
        while True:
            self._session = session = await self._register()
            self._thoughts.set(is_open=session.takes_thinking)
            self._report.set_session(session)
            self._report_state()
            heartbeat = HeartbeatLoop(
                self._orchestrator,
                self._environment,
                session,
                self._claims,
                self._report,
                self._thoughts,
            )
            claim_loops = [
                self._claim_loop(session, backoff, turn)
                for turn in range(self._donation.concurrency)
            ]
            try:
                await race(heartbeat.run(), *claim_loops)
            except UnknownWorker:
                await backoff.wait()

    async def _register(self) -> Session:
        """Become a worker, however long it takes; raises RequestRejected."""
        backoff = Backoff(self._environment, max_s=30)
        registration = Registration(
            type=self._donation.kind,
            model=self._engine.model,
            tiers=tuple(self._donation.tiers),
            context_tokens=self._engine.context_tokens,
            slots=self._donation.slots,
            is_spare=self._donation.is_spare or None,
            engine=self._engine.name,
            abilities=self._engine.abilities or None,
        )
        while True:
            try:
                session = await self._orchestrator.register(registration)
            except RequestRejected:
                raise
            except OrchestratorError as trouble:
                await self._wait_before_retry(backoff, trouble)
            else:
                self._set_trouble(None)
                return session

    async def _claim_loop(self, session: Session, reregistration: Backoff, turn: int) -> None:
        """One job after another; raises UnknownWorker and EngineUnusable.

        Loops begin at different tiers, by their `turn`, so that each tier is waited for.
        """
        network = Backoff(self._environment)
        engine = Backoff(self._environment, initial_s=1, max_s=60)
        tiers = self._donation.tiers
        for tier in islice(cycle(tiers), turn % len(tiers), None):
            await self._claim_latch.until_open()
            asked_at = self._environment.now_ms()
            try:
                claim = await self._claim(session, tier)
            except UnknownWorker:
                raise
            except OrchestratorError as trouble:
                await self._wait_before_retry(network, trouble)
                continue
            reregistration.reset()
            if claim is not None:
                network.reset()
                await self._serve(claim, session, engine)
            elif self._environment.now_ms() - asked_at < MIN_POLL_MS:
                await network.wait()
            else:
                network.reset()
            self._set_trouble(None)

    async def _claim(self, session: Session, tier: str) -> Claim | None:
        """A job, or None; a pause ends the call, and frees what it may have claimed unseen."""
        wait_ms = LONG_POLL_MS if len(self._donation.tiers) == 1 else TIER_TURN_MS
        outcome = await race(
            self._orchestrator.claim(session, tier, wait_ms), self._wait_for_pause()
        )
        # The pause may be over again already: what counts is that nobody heard the answer.
        if outcome is PAUSED and not self._stop_latch.is_open and not self._claims:
            await self._release()
        return outcome if isinstance(outcome, Claim) else None

    async def _wait_for_pause(self) -> object:
        await self._claim_latch.until_closed()
        return PAUSED

    async def _serve(self, claim: Claim, session: Session, engine: Backoff) -> None:
        """Run an attempt; a failing engine rests before it may spoil another job."""
        attempt = Attempt(
            claim,
            session,
            self._orchestrator,
            self._engine,
            self._environment,
            self._report,
            self._thoughts,
        )
        self._claims.add(attempt)
        self._set_trouble(None)
        try:
            outcome = await attempt.run()
        finally:
            self._claims.remove(attempt)
            if not self._claims:
                self._report.pause_clock()
        if outcome is Outcome.DONE:
            engine.reset()
            self._report.count_job()
        if attempt.failure is not None:
            await self._recover(attempt.failure, engine)
        self._report_state()

    async def _recover(self, failure: EngineCode, engine: Backoff) -> None:
        if failure in FATAL:
            raise EngineUnusable(SENTENCES[failure])
        if failure not in JOB_AT_FAULT:
            self._set_trouble(SENTENCES[failure])
            await engine.wait()

    async def _wait_before_retry(self, backoff: Backoff, trouble: OrchestratorError) -> None:
        self._set_trouble(f"{trouble} Trying again.")
        await backoff.wait(trouble.retry_after_s)

    async def _release(self) -> None:
        """Let everything go, if there is anyone to tell; a lost goodbye only costs a lease."""
        if self._session is not None:
            with contextlib.suppress(OrchestratorError):
                await self._orchestrator.release(self._session, Release(self._session.worker_id))

    def _set_trouble(self, sentence: str | None) -> None:
        self._trouble = sentence
        self._report_state()

    def _report_state(self) -> None:
        """Tell the state that follows from all we know."""
        if self._claims:
            self._report.set_state(State.WORKING)
        elif self._stop_latch.is_open:
            return  # the end says what it is
        elif self._trouble or not self._claim_latch.is_open:
            self._report.set_state(State.PAUSED, self._trouble)
        elif self._session is not None:
            self._report.set_state(State.READY)
