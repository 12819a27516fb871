"""Whether this process lives, whether it can serve, and what the network is doing."""

import asyncio
from typing import Any

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from ashao.api.document import refusals
from ashao.api.parts import Parts
from ashao.api.wire import Wire
from ashao.jobs import queue_ids
from ashao.jobs.job import Tier
from ashao.store.probe import check_writable

READY_WITHIN_S = 2.0
EXPOSITION = "text/plain; version=1.0.0"  # Litestar adds the charset


class Health(Wire):
    """One word for each part: ok, or what is wrong with it."""

    status: str
    store: str = "ok"
    database: str = "ok"


class Network(Wire):
    """Live figures for the pages. `provider` answers when no worker does."""

    workers: dict[str, int]
    working: int
    queued: dict[str, int]
    jobs_done: int
    tokens: int
    provider: str | None


class HealthController(Controller):
    """For operators and their probes, and for the figures on the pages."""

    tags = ["operators"]

    @get("/health/live", operation_id="live")
    async def live(self) -> Health:
        """The process answers."""
        return Health(status="ok")

    @get(
        "/health/ready",
        operation_id="ready",
        responses={503: ResponseSpec(Health, description="A part is missing, or it leaves")},
    )
    async def ready(self, parts: Parts) -> Response[Health]:
        """The process can serve: its store takes writes, its database answers, it stays."""
        store, database = await asyncio.gather(
            _word(check_writable(parts.jobs.redis)), _word(parts.database.ready())
        )
        draining = parts.dispatch.is_draining
        is_ready = store == database == "ok" and not draining
        status = "ok" if is_ready else "draining" if draining else "unavailable"
        return Response(
            Health(status=status, store=store, database=database),
            status_code=HTTP_200_OK if is_ready else HTTP_503_SERVICE_UNAVAILABLE,
        )

    @get("/api/network", operation_id="network", responses=refusals())
    async def network(self, parts: Parts) -> Network:
        """Live figures."""
        return await network_now(parts)

    @get("/metrics", operation_id="metrics", media_type=EXPOSITION, responses=refusals())
    async def metrics(self, parts: Parts) -> bytes:
        """The same figures for Prometheus; labels never name anybody."""
        return _exposition(await network_now(parts))


async def network_now(parts: Parts) -> Network:
    """Read the figures from the store; every process gives the same."""
    pro, maximum, workers, totals = await asyncio.gather(
        queue_ids.length(parts.jobs.redis, Tier.PRO),
        queue_ids.length(parts.jobs.redis, Tier.MAX),
        parts.workers.present(),
        parts.totals.read(),
    )
    provider = next((each.id for each in parts.providers.in_order()), None)
    return Network(
        workers=workers.by_type,
        working=workers.working,
        queued={"pro": pro, "max": maximum},
        jobs_done=totals.jobs_done,
        tokens=totals.tokens,
        provider=provider,
    )


async def _word(check: Any) -> str:
    """How a check went, as one word."""
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await check
    except TimeoutError:
        return "timeout"
    except Exception as error:
        return type(error).__name__
    return "ok"


def _exposition(network: Network) -> bytes:
    registry = CollectorRegistry()
    workers = Gauge("ashao_workers", "Workers seen lately", ["type"], registry=registry)
    for kind, count in network.workers.items():
        workers.labels(kind).set(count)
    queued = Gauge("ashao_jobs_queued", "Jobs that wait", ["tier"], registry=registry)
    for tier, count in network.queued.items():
        queued.labels(tier).set(count)
    Gauge("ashao_jobs_done", "Jobs answered", registry=registry).set(network.jobs_done)
    Gauge("ashao_tokens", "Tokens in answers", registry=registry).set(network.tokens)
    return generate_latest(registry)
