"""Whether this process lives, whether it can serve, and what the network is doing."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from litestar import Controller, Response, get
from litestar.datastructures import State
from litestar.openapi import ResponseSpec
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE

from ashao.api.http.openapi import error_responses
from ashao.api.http.operators import require_operator
from ashao.api.wire import Wire
from ashao.cached import Cached
from ashao.services import Services
from ashao.store.redis import check_writable

READY_WITHIN_S = 2.0
CACHED_S = 1.0
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
    async def ready(self, services: Services, state: State) -> Response[Health]:
        """The process can serve: its store takes writes, its database answers, it stays."""
        store, database = await _of_the_last_second(state, "parts", lambda: _parts(services))
        draining = services.dispatcher.is_draining
        is_ready = store == database == "ok" and not draining
        status = "ok" if is_ready else "draining" if draining else "unavailable"
        return Response(
            Health(status=status, store=store, database=database),
            status_code=HTTP_200_OK if is_ready else HTTP_503_SERVICE_UNAVAILABLE,
        )

    @get("/api/network", operation_id="network", responses=error_responses())
    async def network(self, services: Services, state: State) -> Network:
        """Live figures."""
        return await _network(services, state)

    @get(
        "/metrics",
        operation_id="metrics",
        media_type=EXPOSITION,
        guards=[require_operator],
        responses=error_responses(401, 404),
    )
    async def metrics(self, services: Services, state: State) -> bytes:
        """The same figures for the operator's Prometheus; labels never name anybody."""
        return _exposition(await _network(services, state))


async def _network(services: Services, state: State) -> Network:
    return await _of_the_last_second(state, "network", lambda: network_now(services))


async def _of_the_last_second[T](
    state: State, name: str, read: Callable[[], Coroutine[Any, Any, T]]
) -> T:
    """What was read then: anybody may ask, and a reading costs the stores some work."""
    cached: Cached[T] | None = state.get(name)
    if cached is None:
        cached = state[name] = Cached(read, CACHED_S)
    return await cached.get()


async def _parts(services: Services) -> tuple[str, str]:
    """How the store is, and the database."""
    return await asyncio.gather(
        _word(check_writable(services.jobs.redis)), _word(services.database.ready())
    )


async def network_now(services: Services) -> Network:
    """Read the figures from the store; every process gives the same."""
    queued, workers, totals = await asyncio.gather(
        services.queue_lengths.read(),
        services.workers.present(),
        services.totals.read(),
    )
    provider = next((each.id for each in services.providers.candidates()), None)
    return Network(
        workers=workers.by_type,
        working=workers.working,
        queued={tier.value: waiting for tier, waiting in queued.items()},
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
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # only for who scrapes

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
