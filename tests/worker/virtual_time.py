"""An Environment whose clock only moves when a test says so. It needs no particular event loop."""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping

from ashao_worker.core.environment import NetworkError, Response

# One wake-up may run through several nested tasks before all wait again.
TURNS_UNTIL_QUIET = 60

type Answer = Callable[[str, str, Mapping[str, object], str | None], Awaitable[Response]]


class VirtualEnvironment:
    """Requests go to `answer`; `troubles` are played first, one a request to their path."""

    def __init__(self, *, latency_ms: float = 5) -> None:
        self.answer: Answer = _nobody
        self.troubles: dict[str, list[str]] = {}
        self.open_requests: Counter[str] = Counter()
        self.most_open_requests: Counter[str] = Counter()
        self.latency_ms = latency_ms
        self.jitters: Iterator[float] = itertools.repeat(0.5)
        self._now_ms = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now_ms(self) -> float:
        return self._now_ms

    def jitter(self) -> float:
        return next(self.jitters)

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wake_at = self._now_ms + seconds * 1000
        heapq.heappush(self._sleepers, (wake_at, next(self._order), woken))
        await woken

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        *,
        bearer: str | None,
        timeout_s: float,
    ) -> Response:
        """Trouble is 'lost request', 'lost reply', 'hang', or a status such as '503'."""
        endpoint = path.rpartition("/")[2]
        self.open_requests[endpoint] += 1
        self.most_open_requests |= self.open_requests
        try:
            return await self._request(method, path, body, bearer, timeout_s)
        finally:
            self.open_requests[endpoint] -= 1

    async def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        bearer: str | None,
        timeout_s: float,
    ) -> Response:
        trouble = self._next_trouble(path)
        await self.sleep(self.latency_ms / 2000)
        if trouble.isdecimal():
            return Response(int(trouble), {"error": "Not now."})
        if trouble == "lost request":
            raise NetworkError(trouble)
        if trouble == "hang":
            await self.sleep(timeout_s)
            raise NetworkError(trouble)
        response = await self.answer(method, path, body, bearer)
        await self.sleep(self.latency_ms / 2000)
        if trouble == "lost reply":
            raise NetworkError(trouble)
        return response

    def _next_trouble(self, path: str) -> str:
        waiting = self.troubles.get(path.rpartition("/")[2], [])
        return waiting.pop(0) if waiting else ""

    async def advance(self, ms: float) -> None:
        """Let that much time pass; everybody due wakes in order."""
        end_ms = self._now_ms + ms
        await self.quiet()
        while self._sleepers and self._sleepers[0][0] <= end_ms:
            wake_at, _, woken = heapq.heappop(self._sleepers)
            if woken.cancelled():
                continue
            self._now_ms = max(self._now_ms, wake_at)
            woken.set_result(None)
            await self.quiet()
        self._now_ms = end_ms

    async def until(
        self, predicate: Callable[[], bool], what: str, within_ms: float = 60_000
    ) -> float:
        """Let time pass until it is so; gives how long that took, in milliseconds."""
        began_ms = self._now_ms
        await self.quiet()
        while not predicate():
            passed_ms = self._now_ms - began_ms
            assert passed_ms < within_ms, f"{what}: not within {within_ms} ms"
            await self.advance(max(1.0, self._next_wake_ms() - self._now_ms))
        return self._now_ms - began_ms

    async def quiet(self) -> None:
        """Let every task run until all wait for time."""
        for _ in range(TURNS_UNTIL_QUIET):
            await asyncio.sleep(0)

    def _next_wake_ms(self) -> float:
        while self._sleepers and self._sleepers[0][2].cancelled():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else self._now_ms + 1000


async def _nobody(
    _method: str, _path: str, _body: Mapping[str, object], _bearer: str | None
) -> Response:
    raise NetworkError("Nobody is there.")
