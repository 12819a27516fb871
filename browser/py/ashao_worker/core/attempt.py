"""One claimed job, from its messages to its end: engine -> flusher -> orchestrator."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from enum import StrEnum

from ashao_text.characters import Characters
from ashao_text.pipeline import TextPipeline
from ashao_worker.core.engine import Engine, EngineCode, EngineError, Piece
from ashao_worker.core.environment import Environment
from ashao_worker.core.flusher import Flusher
from ashao_worker.core.latch import Latch
from ashao_worker.core.orchestrator import (
    Conflict,
    Orchestrator,
    RequestRejected,
    ServerUnavailable,
)
from ashao_worker.core.race import race, run_together
from ashao_worker.core.report import Report
from ashao_worker.core.retries import with_retries
from ashao_worker.core.structure import is_whole_already
from ashao_worker.core.wire import (
    Claim,
    Completion,
    Failure,
    HeldJob,
    Session,
    TokenEvent,
    prefix_of,
)


class Outcome(StrEnum):
    """How an attempt ended, for the worker that ran it."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


class Attempt:
    """Runs once. `failure` tells why, when it failed. `thoughts` is open while they are taken."""

    def __init__(
        self,
        claim: Claim,
        session: Session,
        orchestrator: Orchestrator,
        engine: Engine,
        environment: Environment,
        report: Report,
        thoughts: Latch,
    ) -> None:
        self._claim = claim
        self._session = session
        self._orchestrator = orchestrator
        self._engine = engine
        self._environment = environment
        self._report = report
        self._thoughts = thoughts
        self._flusher = Flusher(claim, self._publish, environment)
        self._is_cancelled = asyncio.Event()
        self._tokens = 0
        self._has_thought = False
        self._end = Piece("", 0)
        self._thought = Characters()
        self.held = HeldJob(claim.job.id, claim.attempt)
        self.failure: EngineCode | None = None

    def cancel(self) -> None:
        """The job is no longer ours: stop the engine and say nothing more."""
        self._is_cancelled.set()

    def take_thought(self) -> bool:
        """Whether the engine was at work without a word for the reader since the last call."""
        has_thought, self._has_thought = self._has_thought, False
        return has_thought

    async def run(self) -> Outcome:
        """Work until the end. Raises UnknownWorker; everything else is an outcome."""
        try:
            return await race(self._answer(), self._wait_for_cancel())
        except (Conflict, ServerUnavailable):
            return Outcome.LOST
        except EngineError as error:
            return await self._fail(error.code)
        except RequestRejected:
            return await self._fail(EngineCode.BAD_REQUEST)

    async def _answer(self) -> Outcome:
        if is_whole_already(self._claim.messages, self._claim.params):
            self._end = Piece("", 0, finish="stop")
        else:
            await run_together(self._flusher.run(), self._generate())
        await self._complete()
        return Outcome.DONE

    async def _wait_for_cancel(self) -> Outcome:
        await self._is_cancelled.wait()
        return Outcome.CANCELLED

    async def _generate(self) -> None:
        """Whatever an engine says, only whole characters before a stop string are passed on."""
        messages, params = self._claim.messages, self._claim.params
        text = TextPipeline(params.stop or (), prefix_of(messages))
        async with (
            aclosing(self._engine.stream(messages, params)) as stream,
            aclosing(_translate_errors(stream)) as pieces,
        ):
            async for piece in pieces:
                if piece.finish is not None:
                    self._end = piece
                    continue
                self._tokens += piece.tokens
                self._has_thought = piece.is_thought or not piece.text
                self._report.count_tokens(piece.tokens)
                if piece.is_thought:
                    self._think(piece)
                else:
                    self._flusher.add(Piece(text.feed(piece.text), piece.tokens))
                if text.is_over:
                    break
        self._flusher.add(Piece(text.end(), 0))
        if text.is_over:
            self._end = Piece("", 0, finish="stop")
        self._flusher.close()

    def _think(self, piece: Piece) -> None:
        """Pass a thought on, or only that there was one: other servers would take it for text."""
        thought = self._thought.feed(piece.text) if self._thoughts.is_open else ""
        self._flusher.add(Piece(thought, piece.tokens, is_thought=True))

    async def _publish(self, event: TokenEvent) -> None:
        await with_retries(
            self._environment,
            lambda: self._orchestrator.token(self._session, event),
            self._session.lease_ms,
        )

    async def _complete(self) -> None:
        while True:
            completion = Completion(
                self._claim.job.id,
                self._session.worker_id,
                self._claim.attempt,
                self._flusher.next_seq,
                self._tokens,
                self._end.finish,
            )
            try:
                return await self._finish(completion)
            except Conflict as refused:
                self._flusher.rewind(refused)
                await self._flusher.catch_up()

    async def _finish(self, completion: Completion) -> None:
        await with_retries(
            self._environment,
            lambda: self._orchestrator.complete(self._session, completion),
            self._session.lease_ms,
        )

    async def _fail(self, code: EngineCode) -> Outcome:
        """Tell the orchestrator, unless it knows better or is away: then the lease lapses."""
        self.failure = code
        failure = Failure(self._claim.job.id, self._claim.attempt, code)
        try:
            await with_retries(
                self._environment,
                lambda: self._orchestrator.fail(self._session, failure),
                self._session.lease_ms,
            )
        except (Conflict, RequestRejected, ServerUnavailable):
            return Outcome.FAILED
        return Outcome.FAILED


async def _translate_errors(pieces: AsyncIterator[Piece]) -> AsyncGenerator[Piece]:
    """Whatever an engine raises is an engine's error: it must not end the worker."""
    try:
        async for piece in pieces:
            yield piece
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(EngineCode.ENGINE_ERROR, type(error).__name__) from error
