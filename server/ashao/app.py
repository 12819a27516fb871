"""The routes: every door of the API, and the site in front of it."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from litestar import Litestar, Request
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from ashao.absent import absent
from ashao.api.account.api_keys import KeyController
from ashao.api.account.credits import CreditController
from ashao.api.account.routes import AccountController
from ashao.api.account.sign_in import SignInController
from ashao.api.anthropic.routes import MessageController
from ashao.api.chat import ChatController
from ashao.api.conversations import ConversationController, export
from ashao.api.health import HealthController
from ashao.api.http import errors as http_errors
from ashao.api.http.auth import provide_account, provide_owner, provide_worker
from ashao.api.http.cross_origin import with_cross_origin_keys
from ashao.api.http.headers import add_headers
from ashao.api.http.hosts import with_known_hosts
from ashao.api.http.json_body import JsonRequest
from ashao.api.http.openapi import document
from ashao.api.http.token_door import with_token_door
from ashao.api.models import models
from ashao.api.openai.models import ModelController
from ashao.api.openai.responses.routes import ResponseController
from ashao.api.openai.routes import OpenAIController
from ashao.api.refusals import on_no_path, refusal_at
from ashao.api.stream_door import with_stream_door
from ashao.api.wire import MAX_BODY_BYTES
from ashao.api.workers import WorkerController
from ashao.drain import Drain
from ashao.errors import AshaoError
from ashao.services import Services, mirror_of, open_services
from ashao.settings import Settings
from ashao.site.files import with_site


def create_app(settings: Settings, drain: Drain, *, is_development: bool = False) -> ASGIApp:
    """The orchestrator: the API, and the site in front of it. Raises CannotStart.

    What keeps its services from being opened is in `drain.cannot_start`.
    """
    with absent("pydantic", "attr"):  # our bodies are msgspec's
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
                ModelController,
                ResponseController,
                MessageController,
                models,
            ],
            lifespan=[lambda app: _lifespan(app, settings, drain)],
            dependencies={
                "services": Provide(_provide_services, sync_to_thread=False),
                "worker": Provide(provide_worker),
                "owner": Provide(provide_owner),
                "account_id": Provide(provide_account),
            },
            exception_handlers={
                AshaoError: http_errors.on_ashao_error,
                HTTPException: on_no_path,
                Exception: http_errors.on_anything_else,
            },
            request_max_body_size=MAX_BODY_BYTES,
            before_send=[add_headers],
            request_class=JsonRequest,
            openapi_config=document(),
            logging_config=None,
        )
    site = with_site(api, mirror_of(settings), is_development=is_development)
    pieces = with_token_door(with_cross_origin_keys(site), lambda: services_of(api))
    streams = with_stream_door(pieces, lambda: services_of(api))
    return with_known_hosts(streams, settings, refusal_at)


def services_of(api: Litestar) -> Services:
    """The open parts of the process, once the app has started."""
    services: Services = api.state.services
    return services


def _provide_services(request: Request[Any, Any, Any]) -> Services:
    return services_of(request.app)


@asynccontextmanager
async def _lifespan(app: Litestar, settings: Settings, drain: Drain) -> AsyncGenerator[None]:
    async with AsyncExitStack() as stack:
        try:
            services = await stack.enter_async_context(open_services(settings, drain))
        except Exception as error:
            drain.cannot_start = error
            raise
        app.state.services = services
        yield
