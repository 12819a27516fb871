"""An orchestrator in memory that keeps the rules a worker can see: sessions, claims, fences."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ashao_worker.core.environment import Response
from ashao_worker.core.race import race

OK = Response(200, {"result": "ok"})


class Clock(Protocol):
    """The time a long poll waits by: virtual or real."""

    def now_ms(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


@dataclass
class FakeJob:
    """A job's truth: `log` holds (value, tokens) of every event so far, of all attempts.

    A thought's value is empty there; `thoughts` has it by its seq.
    """

    id: str
    messages: list[dict[str, str]]
    params: dict[str, object] = field(default_factory=dict)
    status: str = "queued"
    attempt: int = 0
    first_seq: int = 0
    claimed_by: str | None = None
    log: list[tuple[str, int]] = field(default_factory=list)
    thoughts: dict[int, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(value for value, _ in self.log)


class FakeOrchestrator:
    """Answers requests. `calls` keeps every request as (endpoint, body, when)."""

    def __init__(self, clock: Clock) -> None:
        self.jobs: dict[str, FakeJob] = {}
        self.calls: list[tuple[str, dict[str, Any], float]] = []
        self.sessions: dict[str, str] = {}
        self.cancel_now: set[str] = set()
        self.heartbeat_ms = 800
        self.takes_thinking = False
        self._clock = clock
        self._queue: deque[str] = deque()
        self._arrived = asyncio.Event()

    def enqueue(
        self, job_id: str = "j1", *, prefix: Sequence[str] = (), **params: object
    ) -> FakeJob:
        """Add a job; `prefix` is what earlier attempts published."""
        job = FakeJob(job_id, [{"role": "user", "content": "Recite."}], params)
        job.log = [(value, 1) for value in prefix]
        self.jobs[job_id] = job
        self._requeue(job)
        return job

    def lapse(self, job: FakeJob, *, to: str | None = None) -> None:
        """Take the claim away: another worker has the job now, or the next that asks."""
        if to is None:
            self._requeue(job)
        else:
            job.claimed_by = to
            job.attempt += 1

    def forget_workers(self) -> None:
        """As a store that lost its registrations."""
        self.sessions.clear()

    def bodies(self, endpoint: str) -> list[dict[str, Any]]:
        """What was sent to an endpoint, in order."""
        return [body for name, body, _ in self.calls if name == endpoint]

    def times(self, endpoint: str) -> list[float]:
        """When, in milliseconds."""
        return [at for name, _, at in self.calls if name == endpoint]

    async def answer(
        self, method: str, path: str, body: Mapping[str, object], bearer: str | None
    ) -> Response:
        """One request."""
        assert method == "POST"
        endpoint = path.removeprefix("/api/worker/")
        self.calls.append((endpoint, dict(body), self._clock.now_ms()))
        if endpoint == "register":
            return self._register()
        worker_id = self.sessions.get(bearer or "")
        if worker_id is None:
            return Response(401, {"error": "Unknown worker."})
        given: dict[str, Any] = dict(body)
        if endpoint == "claim":
            return await self._claim(given, worker_id)
        if endpoint == "heartbeat":
            return self._heartbeat(given, worker_id)
        if endpoint == "release":
            return self._release(worker_id)
        return self._produce(endpoint, given, worker_id)

    def _register(self) -> Response:
        worker_id = f"w{len(self.bodies('register'))}"
        token = f"secret-of-{worker_id}"
        self.sessions[token] = worker_id
        rhythm = {"leaseMs": 15_000, "heartbeatMs": self.heartbeat_ms}
        return self._able(Response(201, {"workerId": worker_id, "token": token, **rhythm}))

    def _able(self, reply: Response) -> Response:
        """With what an older server does not say."""
        assert isinstance(reply.json, dict)
        able = {"takesThinking": True} if self.takes_thinking else {}
        return Response(reply.status, reply.json | able)

    async def _claim(self, body: dict[str, Any], worker_id: str) -> Response:
        give_up_at = self._clock.now_ms() + body["waitMs"]
        while not self._queue:
            self._arrived.clear()
            left_s = (give_up_at - self._clock.now_ms()) / 1000
            if left_s <= 0:
                return Response(200, {"job": None})
            await race(self._clock.sleep(left_s), self._arrival())
        job = self.jobs[self._queue.popleft()]
        job.status, job.claimed_by = "running", worker_id
        job.attempt += 1
        job.first_seq = len(job.log)
        prefix = [{"role": "assistant", "content": job.text}] if job.text else []
        reply = {
            "job": {"id": job.id, "tier": body["tier"], "model": "auto"},
            "messages": job.messages + prefix,
            "attempt": job.attempt,
            "nextSeq": len(job.log),
            "params": job.params,
        }
        return Response(200, reply)

    async def _arrival(self) -> None:
        await self._arrived.wait()

    def _heartbeat(self, body: dict[str, Any], worker_id: str) -> Response:
        stale = {
            held["jobId"]
            for held in body["jobs"]
            if not self._holds(self.jobs[held["jobId"]], held["attempt"], worker_id)
        }
        return self._able(Response(200, {"cancel": sorted(stale | self.cancel_now)}))

    def _release(self, worker_id: str) -> Response:
        held = [job for job in self.jobs.values() if job.claimed_by == worker_id]
        running = [job for job in held if job.status == "running"]
        for job in running:
            self._requeue(job)
        return Response(200, {"released": len(running)})

    def _produce(self, endpoint: str, body: dict[str, Any], worker_id: str) -> Response:
        job = self.jobs[body["jobId"]]
        if job.status in ("done", "failed"):
            is_repeat = endpoint == "complete" and body["attempt"] == job.attempt
            return OK if is_repeat else _refused("ended", job)
        if not self._holds(job, body["attempt"], worker_id):
            return _refused("stale", job)
        handlers = {"token": self._token, "complete": self._complete, "fail": self._fail}
        return handlers[endpoint](job, body)

    def _token(self, job: FakeJob, body: dict[str, Any]) -> Response:
        is_thought = body.get("kind") == "thinking"
        seq, event = body["seq"], ("" if is_thought else body["value"], body["tokens"])
        if job.first_seq <= seq < len(job.log):
            is_same = job.log[seq] == event
            return Response(200, {"result": "repeat"}) if is_same else _refused("repeat", job)
        if seq != len(job.log):
            return _refused("gap", job)
        job.log.append(event)
        if is_thought:
            job.thoughts[seq] = body["value"]
        return OK

    def _complete(self, job: FakeJob, body: dict[str, Any]) -> Response:
        if body["seq"] != len(job.log):
            return _refused("gap", job)
        job.status = "done"
        return OK

    def _fail(self, job: FakeJob, body: dict[str, Any]) -> Response:
        job.failures.append(body["error"])
        job.status = "failed"
        return OK

    def _holds(self, job: FakeJob, attempt: int, worker_id: str) -> bool:
        return job.status == "running" and (job.attempt, job.claimed_by) == (attempt, worker_id)

    def _requeue(self, job: FakeJob) -> None:
        job.status, job.claimed_by = "queued", None
        self._queue.append(job.id)
        self._arrived.set()


def _refused(word: str, job: FakeJob) -> Response:
    return Response(409, {"error": "Refused.", "refusal": word, "expected": len(job.log)})
