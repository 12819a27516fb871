"""Who the workers are: registrations in the store, so that every process knows every worker.

A registration lives as long as its worker gives signs of life; a worker whose registration is gone
is told so (401) and registers again. It knows nothing of jobs.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from ashao.cached import Cached
from ashao.errors import BadRequest, Forbidden, NotSignedIn
from ashao.jobs.job import ANY_MODEL, Tier
from ashao.messages import ABILITIES
from ashao.store import keys
from ashao.store.script import load
from ashao.store.secrets import digest, is_same, new_id, new_token
from ashao.workers.token_cache import TokenCache
from ashao.workers.worker import DEFAULT_SLOTS, Worker

if TYPE_CHECKING:
    from ashao.store.redis import Redis

_SEE = load("ashao.workers", "see")
_SEEN = load("ashao.workers", "seen")

NOT_REGISTERED = "This worker is not registered. Please register again."
REGISTRATION_TTL_S = 600
LIVE_WITHIN_MS = 30_000
FRESH_S = 1.0
WORKING_WITHIN_MS = 3_000

WorkerType = Literal["browser", "native"]
DEFAULT_TIERS: dict[str, tuple[str, ...]] = {"browser": ("pro",), "native": ("max",)}


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


class WorkerRegistry:
    """The registrations of all workers."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._tokens = TokenCache()
        self._live = Cached(self._read_live, FRESH_S)

    async def register(
        self,
        kind: WorkerType,
        model: str,
        tiers: Sequence[str] | None,
        context_tokens: int | None,
        *,
        voice: str | None = None,
        slots: int | None = None,
        is_spare: bool = False,
        engine: str | None = None,
        abilities: Collection[str] = (),
    ) -> Registration:
        """Name a new worker and give it its token. Without a `voice` it speaks for itself.
        Abilities that are not known here are left out.

        Raises BadRequest for a model whose name stands for any model.
        """
        if model in (ANY_MODEL, *Tier):
            raise BadRequest(
                f"model: {model!r} stands for any model here; give yours another name (--model)."
            )
        worker_id = new_id()
        worker = Worker(
            worker_id,
            kind,
            model,
            tuple(tiers or DEFAULT_TIERS[kind]),
            context_tokens,
            voice=voice or worker_id,
            slots=slots or DEFAULT_SLOTS[kind],
            is_spare=is_spare,
            engine=engine,
            abilities=ABILITIES.intersection(abilities),
        )
        secret = new_token()
        record: dict[Any, Any] = {"tokenDigest": digest(secret), **worker.record()}
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hset(keys.worker(worker.id), mapping=record)
            pipeline.expire(keys.worker(worker.id), REGISTRATION_TTL_S)
            await pipeline.execute()
        await self.touch(worker)
        self._live.forget()
        return Registration(worker, f"{worker.id}.{secret}")

    async def authenticate(
        self, token: str | None, worker_id: str | None = None, *, may_be_cached: bool = False
    ) -> Worker:
        """The worker that a token belongs to. Raises NotSignedIn: register (again).

        A `worker_id` that is given must be the token's own. With `may_be_cached` a check of the
        last second will do (workers/token_cache.py).
        """
        named, _, secret = (token or "").partition(".")
        if len(named) != 32 or not named.isalnum() or worker_id not in (None, named):
            raise NotSignedIn(NOT_REGISTERED)
        proof = digest(secret)
        if may_be_cached and (known := self._tokens.get(named, proof)) is not None:
            return known
        found = await self._redis.hgetall(keys.worker(named))
        record = cast("dict[str, str]", found)
        if not record or not is_same(proof, record.get("tokenDigest", "")):
            raise NotSignedIn(NOT_REGISTERED)
        worker = Worker.from_record(named, record)
        self._tokens.add(worker, proof)
        return worker

    @staticmethod
    def require_own_id(worker: Worker, worker_id: str | None) -> None:
        """Raises Forbidden when a body names another worker than the token does."""
        if worker_id not in (None, worker.id):
            raise Forbidden("This token belongs to another worker.")

    @staticmethod
    def require_tier(worker: Worker, tier: str) -> None:
        """Raises Forbidden when the worker did not register for the tier."""
        if tier not in worker.tiers:
            raise Forbidden(f"This worker did not register for the tier {tier}.")

    async def touch(
        self, worker: Worker, *, is_working: bool = False, tokens_per_second: float | None = None
    ) -> int:
        """A sign of life: the registration lives on and the worker counts as present.

        Tells how often it has said goodbye so far.
        """
        member = f"{worker.type}:{worker.id}"
        seen = [_SEE.run(self._redis, [keys.WORKERS], member, LIVE_WITHIN_MS)]
        if is_working:
            seen.append(_SEE.run(self._redis, [keys.WORKING], worker.id, WORKING_WITHIN_MS))
        goodbyes, _ = await asyncio.gather(
            self._keep(worker, tokens_per_second), asyncio.gather(*seen)
        )
        return int(goodbyes)

    async def _keep(self, worker: Worker, tokens_per_second: float | None) -> int:
        """Let the registration live on; the count of goodbyes."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.get(keys.worker_generation(worker.id))
            if tokens_per_second is not None:
                pipeline.hset(keys.worker(worker.id), "tokensPerSecond", tokens_per_second)
            pipeline.expire(keys.worker(worker.id), REGISTRATION_TTL_S)
            pipeline.expire(keys.worker_generation(worker.id), REGISTRATION_TTL_S)
            generation, *_ = await pipeline.execute()
        return int(generation or 0)

    async def record_claim(self, worker: Worker, job_id: str) -> tuple[int, int]:
        """Note that a worker was handed a job, so that its goodbye can free it at once.

        Tells how often it has said goodbye so far, and how many of its claims are noted.
        """
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.sadd(keys.worker_claims(worker.id), job_id)
            pipeline.expire(keys.worker_claims(worker.id), REGISTRATION_TTL_S)
            pipeline.get(keys.worker_generation(worker.id))
            pipeline.scard(keys.worker_claims(worker.id))
            *_, generation, held = await pipeline.execute()
        return int(generation or 0), int(held)

    async def claims(self, worker: Worker) -> set[str]:
        """The jobs that a worker was handed and may still hold."""
        held = await self._redis.smembers(keys.worker_claims(worker.id))
        return cast("set[str]", held)

    async def clear_claims(self, worker: Worker, *job_ids: str) -> None:
        """The worker is done with these jobs."""
        if job_ids:
            await self._redis.srem(keys.worker_claims(worker.id), *job_ids)

    async def sign_off(self, worker: Worker) -> None:
        """The worker says goodbye: it no longer counts as present, and claims from before are over.

        Whoever hands it a job later sees that; what it was handed before is in `claims`.
        """
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.incr(keys.worker_generation(worker.id))
            pipeline.expire(keys.worker_generation(worker.id), REGISTRATION_TTL_S)
            pipeline.zrem(keys.WORKERS, f"{worker.type}:{worker.id}")
            await pipeline.execute()

    async def deregister(self, worker_id: str) -> None:
        """It is not registered any more and may claim nothing; nobody keeps it from coming anew.

        Its claims that wait get nothing, at whichever process, as after a goodbye.
        """
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.delete(keys.worker(worker_id))
            pipeline.incr(keys.worker_generation(worker_id))
            pipeline.expire(keys.worker_generation(worker_id), REGISTRATION_TTL_S)
            pipeline.zrem(keys.WORKERS, *(f"{kind}:{worker_id}" for kind in DEFAULT_TIERS))
            await pipeline.execute()

    async def present(self) -> Present:
        """How many workers gave a sign of life lately."""
        members, working = await asyncio.gather(
            _SEEN.run(self._redis, [keys.WORKERS], LIVE_WITHIN_MS),
            _SEEN.run(self._redis, [keys.WORKING], WORKING_WITHIN_MS),
        )
        counts = dict.fromkeys(DEFAULT_TIERS, 0)
        for member in members:
            counts[member.partition(":")[0]] += 1
        return Present(counts, len(working))

    async def live(self, *, anew: bool = False) -> list[Worker]:
        """Every worker that gave a sign of life lately.

        Known a second late, and at once where a worker came to this very process; `anew`: as it is.
        """
        return await self._live.get(anew=anew)

    async def _read_live(self) -> list[Worker]:
        members: list[str] = await _SEEN.run(self._redis, [keys.WORKERS], LIVE_WITHIN_MS)
        ids = [member.partition(":")[2] for member in members]
        async with self._redis.pipeline(transaction=False) as pipeline:
            for worker_id in ids:
                pipeline.hgetall(keys.worker(worker_id))
            records = await pipeline.execute() if ids else []
        return [
            Worker.from_record(worker_id, record)
            for worker_id, record in zip(ids, records, strict=True)
            if record.get("type")
        ]

    async def model_of(self, worker_id: str) -> str | None:
        """The model that a worker registered, as long as its registration is kept."""
        model = await self._redis.hget(keys.worker(worker_id), "model")
        return cast("str | None", model)
