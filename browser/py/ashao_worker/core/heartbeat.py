"""Signs of life: they name the claims that we hold, and bring back which of them to stop.

And what the server takes: it may be another one than before.
"""

from ashao_worker.core.backoff import Backoff
from ashao_worker.core.claims import Claims
from ashao_worker.core.environment import Environment
from ashao_worker.core.latch import Latch
from ashao_worker.core.orchestrator import (
    Conflict,
    Orchestrator,
    RequestRejected,
    ServerUnavailable,
)
from ashao_worker.core.race import race
from ashao_worker.core.report import Report
from ashao_worker.core.wire import Heartbeat, Session

IDLE_INTERVAL_S = 10.0
MAX_BUSY_INTERVAL_S = 0.9  # a cancel must arrive within a second


class HeartbeatLoop:
    """Sends heartbeats for one session until cancelled; a lost one is no trouble."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        environment: Environment,
        session: Session,
        claims: Claims,
        report: Report,
        thoughts: Latch,
    ) -> None:
        self._orchestrator = orchestrator
        self._environment = environment
        self._session = session
        self._claims = claims
        self._report = report
        self._thoughts = thoughts
        self._busy_interval_s = min(session.heartbeat_ms / 1000, MAX_BUSY_INTERVAL_S)
        self._backoff = Backoff(environment, max_s=4)

    async def run(self) -> None:
        """Send them, seldom when idle; raises UnknownWorker."""
        while True:
            await self._pause()
            try:
                await self._send()
            except (ServerUnavailable, RequestRejected, Conflict) as trouble:
                await self._backoff.wait(trouble.retry_after_s)
            else:
                self._backoff.reset()

    async def _pause(self) -> None:
        busy = self._claims.busy
        if not busy.is_open:
            await race(self._environment.sleep(IDLE_INTERVAL_S), busy.until_open())
        if busy.is_open:
            await self._environment.sleep(self._busy_interval_s)

    async def _send(self) -> None:
        named = self._claims.held
        speed = self._report.tokens_per_second
        reply = await self._orchestrator.heartbeat(
            self._session, Heartbeat(self._session.worker_id, named, speed)
        )
        self._claims.cancel(named, reply.cancel)
        self._thoughts.set(is_open=reply.takes_thinking)
