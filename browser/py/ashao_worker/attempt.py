"""One claimed job, from its messages to its end: engine -> flush -> orchestrator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from enum import StrEnum

from ashao_worker.backoff import keep_trying
from ashao_worker.engine import Engine, EngineCode, EngineError, Piece
from ashao_worker.environment import Environment
from ashao_worker.flush import Flush
from ashao_worker.orchestrator import Orchestrator, OutOfTurn, Rejected, Unreachable
from ashao_worker.race import race, together
from ashao_worker.report import Report
from ashao_worker.wire import Claim, Completion, Failure, HeldJob, Seat, TokenEvent


class Ending(StrEnum):
    """How an attempt ended, for the worker that ran it."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


class Attempt:
    """Runs once. `failure` tells why, when it failed."""

    def __init__(
        self,
        claim: Claim,
        seat: Seat,
        orchestrator: Orchestrator,
        engine: Engine,
        environment: Environment,
        report: Report,
    ) -> None:
        self._claim = claim
        self._seat = seat
        self._orchestrator = orchestrator
        self._engine = engine
        self._environment = environment
        self._report = report
        self._flush = Flush(claim, self._publish, environment)
        self._is_cancelled = asyncio.Event()
        self._tokens = 0
        self.held = HeldJob(claim.job.id, claim.attempt)
        self.failure: EngineCode | None = None

    def cancel(self) -> None:
        """The job is no longer ours: stop the engine and say nothing more."""
        self._is_cancelled.set()

    async def run(self) -> Ending:
        """Work until the end. Raises NotRegistered; everything else is an ending."""
        try:
            return await race(self._work(), self._cancelled())
        except (OutOfTurn, Unreachable):
            return Ending.LOST
        except EngineError as error:
            return await self._fail(error.code)
        except Rejected:
            return await self._fail(EngineCode.BAD_REQUEST)

    async def _work(self) -> Ending:
        await together(self._flush.run(), self._generate())
        await self._complete()
        return Ending.DONE

    async def _cancelled(self) -> Ending:
        await self._is_cancelled.wait()
        return Ending.CANCELLED

    async def _generate(self) -> None:
        async with aclosing(
            self._engine.stream(self._claim.messages, self._claim.params)
        ) as pieces:
            async for piece in _as_engine_errors(pieces):
                self._tokens += piece.tokens
                self._report.generated(piece.tokens)
                self._flush.add(piece)
        self._flush.close()

    async def _publish(self, event: TokenEvent) -> None:
        await keep_trying(
            self._environment,
            lambda: self._orchestrator.token(self._seat, event),
            self._seat.lease_ms,
        )

    async def _complete(self) -> None:
        while True:
            completion = Completion(
                self._claim.job.id,
                self._seat.worker_id,
                self._claim.attempt,
                self._flush.next_seq,
                self._tokens,
            )
            try:
                return await self._finish(completion)
            except OutOfTurn as refused:
                self._flush.rewind(refused)
                await self._flush.catch_up()

    async def _finish(self, completion: Completion) -> None:
        await keep_trying(
            self._environment,
            lambda: self._orchestrator.complete(self._seat, completion),
            self._seat.lease_ms,
        )

    async def _fail(self, code: EngineCode) -> Ending:
        """Tell the orchestrator, unless it knows better or is away: then the lease lapses."""
        self.failure = code
        failure = Failure(self._claim.job.id, self._claim.attempt, code)
        try:
            await keep_trying(
                self._environment,
                lambda: self._orchestrator.fail(self._seat, failure),
                self._seat.lease_ms,
            )
        except (OutOfTurn, Rejected, Unreachable):
            return Ending.FAILED
        return Ending.FAILED


async def _as_engine_errors(pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
    """Whatever an engine raises is an engine's error: it must not end the worker."""
    try:
        async for piece in pieces:
            yield piece
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(EngineCode.ENGINE_ERROR, type(error).__name__) from error
