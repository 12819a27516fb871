"""The reply to what a program asks: its job is made, followed, and told in the protocol's form."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.types import ASGIApp

from ashao.api.programs.answer import CompletionRequest, WholeAnswer, whole_answer
from ashao.api.programs.ask import Ask, begin
from ashao.api.programs.stream import AnswerStream, Format
from ashao.identity.api_keys import ApiKey
from ashao.services import Services


def key_of(request: Request[Any, Any, Any], scope: str) -> ApiKey:
    """The key that the guard let pass. Raises Forbidden for one that is not for this scope."""
    key: ApiKey = request.scope["state"]["key"]
    key.require_scope(scope)
    return key


async def whole_reply(
    request: Request[Any, Any, Any],
    services: Services,
    ask: Ask,
    told: Callable[[CompletionRequest, WholeAnswer], msgspec.Struct],
) -> ASGIApp:
    """The answer once it is whole; whoever leaves cancels it. Raises what `begin` does, and
    CompletionFailed."""
    asked = await begin(services, key_of(request, "chat"), ask)
    answer = await whole_answer(services, asked, request.receive)
    reply = Response(told(asked, answer), headers=asked.headers)
    return reply.to_asgi_response(app=None, request=request)


async def streamed_reply(
    request: Request[Any, Any, Any],
    services: Services,
    ask: Ask,
    form: Callable[[CompletionRequest], Format],
) -> ASGIApp:
    """The answer as it comes; whoever leaves cancels it. Raises what `begin` does."""
    asked = await begin(services, key_of(request, "chat"), ask)
    return AnswerStream(services, asked, form(asked))
