"""Who the workers are: registrations in the store, so that every process knows every worker.

A registration lives as long as its worker gives signs of life; a worker whose registration is gone
is told so (401) and registers again. It knows nothing of jobs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from ashao.errors import Forbidden, NotSignedIn
from ashao.producers.known import Known
from ashao.store import keys
from ashao.store.redis import answering
from ashao.store.secrets import digest, is_same, new_id, new_token

if TYPE_CHECKING:
    from ashao.store.redis import Redis

NOT_REGISTERED = "This worker is not registered. Please register again."
REGISTRATION_TTL_S = 600
LIVE_WITHIN_MS = 30_000
WORKING_WITHIN_MS = 3_000

WorkerType = Literal["browser", "native"]
DEFAULT_TIERS: dict[str, tuple[str, ...]] = {"browser": ("pro",), "native": ("max",)}


@dataclass(frozen=True, slots=True)
class Worker:
    """A registered worker. `context_tokens` is None when it did not say.

    `tokens_per_second` is what it measured in its last answers, None before the first.
    """

    id: str
    type: str
    model: str
    tiers: tuple[str, ...]
    context_tokens: int | None
    tokens_per_second: float | None = None

    @property
    def speed(self) -> float:
        """In steps of twice as fast. Without a measurement it is the highest: it gets one."""
        return math.inf if self.tokens_per_second is None else math.frexp(self.tokens_per_second)[1]


@dataclass(frozen=True, slots=True)
class Registration:
    """What a worker gets once; the token is not kept anywhere else."""

    worker: Worker
    token: str


@dataclass(frozen=True, slots=True)
class Present:
    """How many workers of each type are there, and how many of all are writing."""

    by_type: dict[str, int]
    working: int


class Workers:
    """The registrations of all workers."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._known = Known()

    async def register(
        self, kind: WorkerType, model: str, tiers: Sequence[str] | None, context_tokens: int | None
    ) -> Registration:
        """Name a new worker and give it its token."""
        worker = Worker(new_id(), kind, model, tuple(tiers or DEFAULT_TIERS[kind]), context_tokens)
        secret = new_token()
        record: dict[Any, Any] = {
            "tokenDigest": digest(secret),
            "type": worker.type,
            "model": worker.model,
            "tiers": ",".join(worker.tiers),
            "contextTokens": context_tokens or 0,
        }
        with answering():
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.hset(keys.worker(worker.id), mapping=record)
                pipeline.expire(keys.worker(worker.id), REGISTRATION_TTL_S)
                await pipeline.execute()
        await self.seen(worker)
        return Registration(worker, f"{worker.id}.{secret}")

    async def authenticate(self, token: str | None, worker_id: str | None = None) -> Worker:
        """The worker that a token belongs to. Raises NotSignedIn: register (again).

        A `worker_id` that is given must be the token's own.
        """
        named, _, secret = (token or "").partition(".")
        if len(named) != 32 or not named.isalnum() or worker_id not in (None, named):
            raise NotSignedIn(NOT_REGISTERED)
        proof = digest(secret)
        if (known := self._known.get(named, proof)) is not None:
            return known
        with answering():
            found = await self._redis.hgetall(keys.worker(named))
        record = cast("dict[str, str]", found)
        if not record or not is_same(proof, record.get("tokenDigest", "")):
            raise NotSignedIn(NOT_REGISTERED)
        worker = _worker(named, record)
        self._known.add(worker, proof)
        return worker

    @staticmethod
    def must_be(worker: Worker, worker_id: str | None) -> None:
        """Raises Forbidden when a body names another worker than the token does."""
        if worker_id not in (None, worker.id):
            raise Forbidden("This token belongs to another worker.")

    @staticmethod
    def must_serve(worker: Worker, tier: str) -> None:
        """Raises Forbidden when the worker did not register for the tier."""
        if tier not in worker.tiers:
            raise Forbidden(f"This worker did not register for the tier {tier}.")

    async def seen(
        self, worker: Worker, *, is_working: bool = False, tokens_per_second: float | None = None
    ) -> int:
        """A sign of life: the registration lives on and the worker counts as present.

        Tells how often it has said goodbye so far.
        """
        with answering():
            now_ms = await self._now_ms()
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.get(keys.worker_goodbyes(worker.id))
                if tokens_per_second is not None:
                    pipeline.hset(keys.worker(worker.id), "tokensPerSecond", tokens_per_second)
                pipeline.expire(keys.worker(worker.id), REGISTRATION_TTL_S)
                pipeline.expire(keys.worker_goodbyes(worker.id), REGISTRATION_TTL_S)
                pipeline.zadd(keys.WORKERS, {f"{worker.type}:{worker.id}": now_ms})
                pipeline.zremrangebyscore(keys.WORKERS, "-inf", now_ms - LIVE_WITHIN_MS)
                if is_working:
                    pipeline.zadd(keys.WORKING, {worker.id: now_ms})
                pipeline.zremrangebyscore(keys.WORKING, "-inf", now_ms - WORKING_WITHIN_MS)
                goodbyes, *_ = await pipeline.execute()
        return int(goodbyes or 0)

    async def holds(self, worker: Worker, job_id: str) -> int:
        """Note that a worker was handed a job, so that its goodbye can free it at once.

        Tells how often it has said goodbye so far.
        """
        with answering():
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.sadd(keys.worker_claims(worker.id), job_id)
                pipeline.expire(keys.worker_claims(worker.id), REGISTRATION_TTL_S)
                pipeline.get(keys.worker_goodbyes(worker.id))
                *_, goodbyes = await pipeline.execute()
        return int(goodbyes or 0)

    async def claims(self, worker: Worker) -> set[str]:
        """The jobs that a worker was handed and may still hold."""
        with answering():
            held = await self._redis.smembers(keys.worker_claims(worker.id))
        return cast("set[str]", held)

    async def over(self, worker: Worker, *job_ids: str) -> None:
        """The worker is done with these jobs."""
        if job_ids:
            with answering():
                await self._redis.srem(keys.worker_claims(worker.id), *job_ids)

    async def gone(self, worker: Worker) -> None:
        """The worker says goodbye: it no longer counts as present, and claims from before are over.

        Whoever hands it a job later sees that; what it was handed before is in `claims`.
        """
        with answering():
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.incr(keys.worker_goodbyes(worker.id))
                pipeline.expire(keys.worker_goodbyes(worker.id), REGISTRATION_TTL_S)
                pipeline.zrem(keys.WORKERS, f"{worker.type}:{worker.id}")
                await pipeline.execute()

    async def shut_out(self, worker_id: str) -> None:
        """It is not registered any more and may claim nothing; nobody keeps it from coming anew."""
        with answering():
            await self._redis.delete(keys.worker(worker_id))

    async def present(self) -> Present:
        """How many workers gave a sign of life lately."""
        with answering():
            now_ms = await self._now_ms()
            members = await self._redis.zrangebyscore(keys.WORKERS, now_ms - LIVE_WITHIN_MS, "+inf")
            working = await self._redis.zcount(keys.WORKING, now_ms - WORKING_WITHIN_MS, "+inf")
        counts = dict.fromkeys(DEFAULT_TIERS, 0)
        for member in cast("list[str]", members):
            counts[member.partition(":")[0]] += 1
        return Present(counts, working)

    async def listed(self) -> list[Worker]:
        """Every worker that gave a sign of life lately."""
        with answering():
            oldest = await self._now_ms() - LIVE_WITHIN_MS
            members = await self._redis.zrangebyscore(keys.WORKERS, oldest, "+inf")
            ids = [member.partition(":")[2] for member in cast("list[str]", members)]
            async with self._redis.pipeline(transaction=False) as pipeline:
                for worker_id in ids:
                    pipeline.hgetall(keys.worker(worker_id))
                records = await pipeline.execute() if ids else []
        return [
            _worker(worker_id, record)
            for worker_id, record in zip(ids, records, strict=True)
            if record.get("type")
        ]

    async def model_of(self, worker_id: str) -> str | None:
        """The model that a worker registered, as long as its registration is kept."""
        with answering():
            model = await self._redis.hget(keys.worker(worker_id), "model")
        return cast("str | None", model)

    async def _now_ms(self) -> int:
        seconds, micros = await self._redis.time()
        return int(seconds) * 1000 + int(micros) // 1000


def _worker(worker_id: str, record: dict[str, str]) -> Worker:
    return Worker(
        id=worker_id,
        type=record["type"],
        model=record["model"],
        tiers=tuple(record["tiers"].split(",")),
        context_tokens=int(record["contextTokens"]) or None,
        tokens_per_second=float(record["tokensPerSecond"]) if "tokensPerSecond" in record else None,
    )
