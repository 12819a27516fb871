"""Signs of life: they name the claims that we hold, and bring back which of them to stop."""

from ashao_worker.backoff import Backoff
from ashao_worker.claims import Claims
from ashao_worker.environment import Environment
from ashao_worker.orchestrator import Orchestrator, OutOfTurn, Rejected, Unreachable
from ashao_worker.race import race
from ashao_worker.report import Report
from ashao_worker.wire import Heartbeat, Seat

IDLE_S = 10.0
MOST_BUSY_S = 0.9  # a cancel must arrive within a second


class Pulse:
    """Beats for one seat until cancelled; a beat that does not get through is no news."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        environment: Environment,
        seat: Seat,
        claims: Claims,
        report: Report,
    ) -> None:
        self._orchestrator = orchestrator
        self._environment = environment
        self._seat = seat
        self._claims = claims
        self._report = report
        self._busy_s = min(seat.heartbeat_ms / 1000, MOST_BUSY_S)
        self._backoff = Backoff(environment, most_s=4)

    async def run(self) -> None:
        """Beat, slowly when idle; raises NotRegistered."""
        while True:
            await self._pause()
            try:
                await self._beat()
            except (Unreachable, Rejected, OutOfTurn) as trouble:
                await self._backoff.rest(trouble.retry_after_s)
            else:
                self._backoff.reset()

    async def _pause(self) -> None:
        busy = self._claims.busy
        if not busy.is_open:
            await race(self._environment.sleep(IDLE_S), busy.until_open())
        if busy.is_open:
            await self._environment.sleep(self._busy_s)

    async def _beat(self) -> None:
        named = self._claims.held
        speed = self._report.tokens_per_second
        jobs = await self._orchestrator.heartbeat(
            self._seat, Heartbeat(self._seat.worker_id, named, speed)
        )
        self._claims.cancel(named, jobs)
