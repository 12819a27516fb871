"""The one place where parts are made and handed to each other."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from ashao.api import failures, openai_failures
from ashao.api.accounts import AccountController
from ashao.api.chat import ChatController
from ashao.api.conversations import ConversationController
from ashao.api.credits import CreditController
from ashao.api.document import document
from ashao.api.export import export
from ashao.api.guards import provide_owner
from ashao.api.headers import add_headers
from ashao.api.health import HealthController
from ashao.api.keys import KeyController
from ashao.api.model_list import list_models
from ashao.api.models import models
from ashao.api.openai import OpenAIController
from ashao.api.parts import Parts
from ashao.api.people import provide_account
from ashao.api.readable import ReadableRequest
from ashao.api.sign_in import SignInController
from ashao.api.site import SITE, with_site
from ashao.api.wire import MAX_BODY_BYTES
from ashao.api.workers import WorkerController, provide_worker
from ashao.chat.charges import Charges
from ashao.chat.completion import Completion
from ashao.chat.erase import Erase
from ashao.chat.send import Send
from ashao.chat.settle import Settle
from ashao.clock import SystemClock
from ashao.drain import Drain
from ashao.errors import AshaoError
from ashao.forget import Forget
from ashao.jobs.scripts import JobStore, Rules
from ashao.people.conversations import Conversations
from ashao.people.people import people_of
from ashao.producers.dispatch import Dispatch
from ashao.producers.fallback import Fallback
from ashao.producers.hedge import Hedge, Limits
from ashao.producers.presence import Presence
from ashao.producers.rests import Rests
from ashao.producers.workers import Workers
from ashao.providers.patience import Patience
from ashao.providers.registry import Configuration, configured
from ashao.settings import Settings, listed
from ashao.store.api_keys import ApiKeys
from ashao.store.database import open_database
from ashao.store.earners import Earners
from ashao.store.embedded import store_url
from ashao.store.idempotency import Idempotency
from ashao.store.in_flight import InFlight
from ashao.store.rates import Rates
from ashao.store.redis import connect
from ashao.store.sessions import Sessions
from ashao.store.totals import Totals
from ashao.stream.fanout import Fanout
from ashao.tidy import Tidy
from ashao.watch import Watch


def create_app(settings: Settings, drain: Drain, *, is_development: bool = False) -> ASGIApp:
    """The orchestrator: the API, and the site in front of it."""
    api = Litestar(
        route_handlers=[
            ChatController,
            ConversationController,
            SignInController,
            AccountController,
            CreditController,
            KeyController,
            export,
            WorkerController,
            HealthController,
            OpenAIController,
            models,
        ],
        lifespan=[lambda app: _lifespan(app, settings, drain)],
        dependencies={
            "parts": Provide(_provide_parts, sync_to_thread=False),
            "worker": Provide(provide_worker),
            "owner": Provide(provide_owner),
            "account_id": Provide(provide_account),
        },
        exception_handlers={
            AshaoError: failures.on_ashao_error,
            HTTPException: openai_failures.on_no_path,
            Exception: failures.on_anything_else,
        },
        request_max_body_size=MAX_BODY_BYTES,
        before_send=[add_headers],
        request_class=ReadableRequest,
        openapi_config=document(),
        logging_config=None,
    )
    return with_site(api, _mirror(settings), is_development=is_development)


def _provide_parts(request: Request[Any, Any, Any]) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


@asynccontextmanager
async def _lifespan(app: Litestar, settings: Settings, drain: Drain) -> AsyncGenerator[None]:
    async with open_parts(settings, drain) as parts:
        app.state.parts = parts
        yield


@asynccontextmanager
async def open_parts(settings: Settings, drain: Drain) -> AsyncGenerator[Parts]:
    """Open everything in order, run the background loop, close in the opposite order."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(store_url(settings))
        redis = connect(url)
        stack.push_async_callback(redis.aclose)
        blocking = connect(url, blocking=True)
        stack.push_async_callback(blocking.aclose)
        database = await stack.enter_async_context(open_database(settings))
        providers = configured(_provider_configuration(settings), SystemClock())
        stack.push_async_callback(providers.aclose)
        jobs = JobStore(redis, _rules(settings))
        listening = connect(url, blocking=True)
        stack.push_async_callback(listening.aclose)
        fanout = await stack.enter_async_context(Fanout(listening))
        workers = Workers(redis)
        rests = Rests(redis)
        dispatch = Dispatch(jobs, blocking, workers)
        stack.push_async_callback(dispatch.drain)
        fallback = Fallback(jobs, providers)
        stack.push_async_callback(fallback.stop)
        limits = Limits(settings.hedge_ms / 1000, settings.hedge_share_percent / 100)
        hedge = Hedge(jobs, fanout, providers, fallback, limits)
        stack.push_async_callback(hedge.stop)
        conversations = Conversations(database)
        totals = Totals(redis)
        in_flight = InFlight(redis, settings.in_flight, settings.in_flight_anonymous)
        presence = Presence(workers, providers)
        people = people_of(database, redis, settings)
        charges = Charges(jobs, people.ledger)
        earners = Earners(redis)
        api_keys = ApiKeys(redis)
        settle = Settle(jobs, conversations, people.ledger, earners, totals, in_flight)
        leaving = _leave(drain, settings, dispatch, fanout)
        forget = Forget(None if settings.redis_url else redis, database, settings.stream_ttl_s)
        tidy = Tidy(conversations, people.ledger, charges)
        watch = Watch(jobs, fallback, settle, charges, rests)
        await stack.enter_async_context(_running(watch.run(), forget.run(), tidy.run(), leaving))
        yield Parts(
            settings=settings,
            jobs=jobs,
            fanout=fanout,
            workers=workers,
            rests=rests,
            dispatch=dispatch,
            hedge=hedge,
            providers=providers,
            presence=presence,
            sessions=Sessions(redis),
            api_keys=api_keys,
            rates=Rates(redis),
            totals=totals,
            database=database,
            conversations=conversations,
            people=people,
            earners=earners,
            send=Send(
                jobs, charges, conversations, Idempotency(redis), in_flight, presence.obstacle
            ),
            completion=Completion(jobs, charges, in_flight),
            erase=Erase(
                jobs, charges, conversations, in_flight, people.accounts, api_keys, earners
            ),
            models=tuple(list_models(SITE, _mirror(settings))),
        )


@asynccontextmanager
async def _running(*loops: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _leave(drain: Drain, settings: Settings, dispatch: Dispatch, fanout: Fanout) -> None:
    """Once asked to leave: claims end, streams may end, the rest is handed over to be resumed."""
    await drain.begun.wait()
    await dispatch.drain()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(settings.drain_s):
            await fanout.until_silent()
    fanout.end_streams()
    drain.over.set()


def _mirror(settings: Settings) -> Path | None:
    return Path(settings.models_dir) if settings.models_dir else None


def _provider_configuration(settings: Settings) -> Configuration:
    return Configuration(
        gemini_api_key=settings.gemini_api_key,
        gemini_model=settings.gemini_model,
        gemini_base_url=settings.gemini_base_url,
        openai_base_url=settings.openai_base_url,
        openai_api_key=settings.openai_api_key,
        openai_model=settings.openai_model,
        openai_prefill=settings.openai_prefill,
        order=listed(settings.providers),
        requests_per_hour=settings.provider_requests_per_hour or None,
        patience=Patience(
            first_token_s=settings.first_token_ms / 1000,
            between_tokens_s=settings.lease_ms / 1000,
        ),
    )


def _rules(settings: Settings) -> Rules:
    return Rules(
        grace_ms=settings.worker_grace_ms,
        lease_ms=settings.lease_ms,
        first_token_ms=settings.first_token_ms,
        max_attempts=settings.max_attempts,
        stream_ttl_s=settings.stream_ttl_s,
        queue_ttl_s=settings.queue_ttl_s,
    )
