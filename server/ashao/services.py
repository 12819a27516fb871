"""The one place where the parts of a process are made and handed to each other.

The records (`records.py`) are what the stores hold; here is what runs on them. It knows nothing of
HTTP.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ashao.background.compaction import AofCompaction
from ashao.background.housekeeping import Housekeeping
from ashao.background.sweeper import DeadlineLoop
from ashao.chat.charges import Charges
from ashao.chat.completion import CompletionService
from ashao.chat.erase import Eraser
from ashao.chat.newcomers import Newcomers
from ashao.chat.send import ChatService
from ashao.chat.settle import Settlement
from ashao.clock import SystemClock
from ashao.drain import Drain
from ashao.jobs.store import JobStore, Rules
from ashao.producers.fallback import Fallback
from ashao.producers.hedge import Hedge, Limits
from ashao.producers.presence import Presence
from ashao.providers.registry import ProviderConfiguration, Providers, make_providers
from ashao.providers.retries import RetryPolicy
from ashao.rates import Rates
from ashao.records import Records, connected, records_on
from ashao.settings import Settings
from ashao.site.files import SITE
from ashao.site.models import Model, list_models
from ashao.store.database import open_database
from ashao.store.embedded import store_url
from ashao.store.first_look import check_at_start
from ashao.stream.fanout import Fanout
from ashao.stream.open_streams import OpenStreams
from ashao.tasks import cancel_and_join, spawn
from ashao.variable import listed
from ashao.workers.dispatch import Dispatcher


@dataclass(frozen=True, kw_only=True)
class Services(Records):
    """The open parts of this process: the records, and what runs on them."""

    jobs: JobStore
    fanout: Fanout
    open_streams: OpenStreams
    rates: Rates
    dispatcher: Dispatcher
    hedge: Hedge
    providers: Providers
    presence: Presence
    chat: ChatService
    completions: CompletionService
    eraser: Eraser
    models: tuple[Model, ...]


@asynccontextmanager
async def open_services(settings: Settings, drain: Drain) -> AsyncGenerator[Services]:
    """Open everything in order, run the background loops, close in the opposite order."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(store_url(settings))
        redis = connected(stack, url)
        await check_at_start(redis)
        blocking = connected(stack, url, blocking=True)
        database = await stack.enter_async_context(open_database(settings))
        providers = make_providers(_provider_configuration(settings), SystemClock())
        stack.push_async_callback(providers.aclose)
        fanout = Fanout(connected(stack, url, blocking=True))
        await stack.enter_async_context(fanout)
        records = records_on(redis, database, settings)
        jobs = JobStore(redis, rules_of(settings))
        dispatcher = Dispatcher(jobs, blocking, records.workers, records.speeds)
        stack.push_async_callback(dispatcher.drain)
        fallback = Fallback(jobs, providers)
        stack.push_async_callback(fallback.stop)
        limits = Limits(settings.hedge_ms / 1000, settings.hedge_share_percent / 100)
        hedge = Hedge(jobs, fanout, providers, fallback, limits)
        stack.push_async_callback(hedge.stop)
        presence = Presence(records.workers, providers)
        charges = Charges(jobs, database, records.ledger)
        desk = chat_on(records, jobs, charges, presence)
        deadlines = DeadlineLoop(
            jobs, fallback, _settlement_on(records, jobs), charges, records.suspensions
        )
        compaction = AofCompaction(
            None if settings.redis_url else redis, database, settings.stream_ttl_s
        )
        housekeeping = Housekeeping(records.conversations, records.ledger, charges)
        leaving = _leave(drain, settings, dispatcher, fanout)
        await stack.enter_async_context(
            _running(deadlines.run(), compaction.run(), housekeeping.run(), leaving)
        )
        yield Services(
            **vars(records),
            jobs=jobs,
            fanout=fanout,
            open_streams=OpenStreams(settings.streams),
            rates=Rates(),
            dispatcher=dispatcher,
            hedge=hedge,
            providers=providers,
            presence=presence,
            chat=desk.chat,
            completions=desk.completions,
            eraser=desk.eraser,
            models=tuple(list_models(SITE, mirror_of(settings))),
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """What takes questions and prompts, and what deletes them."""

    chat: ChatService
    completions: CompletionService
    eraser: Eraser


def chat_on(records: Records, jobs: JobStore, charges: Charges, presence: Presence) -> Desk:
    """The services that make jobs of what people ask."""
    return Desk(
        chat=ChatService(
            jobs,
            charges,
            records.conversations,
            records.idempotency,
            records.quota,
            Newcomers(jobs, records.quota),
            presence,
        ),
        completions=CompletionService(jobs, charges, records.quota),
        eraser=Eraser(
            jobs,
            charges,
            records.conversations,
            records.quota,
            records.membership,
            records.api_keys,
            records.payees,
        ),
    )


def _settlement_on(records: Records, jobs: JobStore) -> Settlement:
    return Settlement(
        jobs,
        records.database,
        records.ledger,
        records.payees,
        records.totals,
        records.quota,
        records.suspensions,
    )


@asynccontextmanager
async def _running(*loops: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    tasks = [spawn(getattr(loop, "__qualname__", "loop"), loop) for loop in loops]
    try:
        yield
    finally:
        await cancel_and_join(*tasks)


async def _leave(drain: Drain, settings: Settings, dispatcher: Dispatcher, fanout: Fanout) -> None:
    """Once asked to leave: claims end, streams may end, the rest is handed over to be resumed."""
    await drain.begun.wait()
    await dispatcher.drain()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(settings.drain_s):
            await fanout.until_idle()
    fanout.end_streams()
    drain.over.set()


def mirror_of(settings: Settings) -> Path | None:
    """The folder of mirrored models, if there is one."""
    return Path(settings.models_dir) if settings.models_dir else None


def _provider_configuration(settings: Settings) -> ProviderConfiguration:
    return ProviderConfiguration(
        gemini_api_key=settings.gemini_api_key,
        gemini_model=settings.gemini_model,
        gemini_base_url=settings.gemini_base_url,
        openai_base_url=settings.openai_base_url,
        openai_api_key=settings.openai_api_key,
        openai_model=settings.openai_model,
        openai_prefill=settings.openai_prefill,
        order=listed(settings.providers),
        requests_per_hour=settings.provider_requests_per_hour or None,
        simulates_for_programs=settings.simulate_v1 == "on",
        retry_policy=RetryPolicy(
            first_token_s=settings.first_token_ms / 1000,
            between_tokens_s=settings.lease_ms / 1000,
        ),
    )


def rules_of(settings: Settings) -> Rules:
    """The times and limits of a job that the operator set."""
    return Rules(
        grace_ms=settings.worker_grace_ms,
        lease_ms=settings.lease_ms,
        first_token_ms=settings.first_token_ms,
        fair_start_ms=settings.first_token_ms,
        thinking_ms=settings.thinking_ms,
        max_attempts=settings.max_attempts,
        stream_ttl_s=settings.stream_ttl_s,
        queue_ttl_s=settings.queue_ttl_s,
    )
