"""Others' clients: the OpenAI chat format, with API keys, on the same jobs as everything else."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import ResponseSpec
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from ashao.api import openai_failures as failures
from ashao.api import openai_wire as wire
from ashao.api.address import address_of
from ashao.api.openai_answer import Asked, whole
from ashao.api.openai_failures import NoSuchModel, Unsupported
from ashao.api.openai_stream import ChunkStream
from ashao.api.parts import Parts
from ashao.chat.completion import Prompt
from ashao.errors import AshaoError, NotSignedIn
from ashao.jobs.job import ANY_MODEL, Message, Params, Tier
from ashao.jobs.needs import needs_of, prompt_tokens
from ashao.store.api_keys import ApiKey

TIERS = {ANY_MODEL: Tier.PRO} | {tier.value: tier for tier in Tier}
"""The names that stand for a tier and any of its models."""


def _faults(*statuses: int) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(wire.Faulty, generate_examples=False)
        for status in (400, 401, 403, 404, 413, 429, 500, 503, *statuses)
    }


async def with_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let only API keys pass, each as often as it may. Raises NotSignedIn, TooMany."""
    parts: Parts = connection.app.state.parts
    try:
        key = await parts.api_keys.authenticate(_secret(connection))
    except NotSignedIn:
        address = address_of(connection, parts.settings)
        await parts.rates.count("no-key", address, parts.settings.sends_per_minute)
        raise
    await parts.rates.count("key", key.id, key.per_minute)
    connection.scope["state"]["key"] = key


def _secret(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    scheme, *secret = connection.headers.get("authorization", "none").split(maxsplit=1)
    return "".join(secret) if scheme.lower() == "bearer" else ""


class OpenAIController(Controller):
    """What a program says and asks."""

    path = "/v1"
    tags = ["openai"]
    guards = [with_key]
    exception_handlers = {
        AshaoError: failures.on_ashao_error,
        HTTPException: failures.on_http_exception,
        Exception: failures.on_anything_else,
    }

    @post(
        "/chat/completions",
        operation_id="chatCompletions",
        status_code=HTTP_200_OK,
        request_max_body_size=wire.MAX_CHAT_BODY_BYTES,
        responses={200: ResponseSpec(wire.ChatCompletion, generate_examples=False)} | _faults(402),
    )
    async def chat_completions(
        self, request: Request[Any, Any, Any], data: wire.ChatCompletionBody, parts: Parts
    ) -> ASGIApp:
        """Answer a conversation: whole, or as chunks. Whoever leaves cancels the answer."""
        key: ApiKey = request.scope["state"]["key"]
        key.must_allow("chat")
        asked = await _begin(parts, key, data)
        if data.stream:
            return ChunkStream(parts, asked)
        answer = await whole(parts, asked, request.receive)
        return Response(answer, headers=asked.headers).to_asgi_response(app=None, request=request)

    @get("/models", operation_id="listModels", responses=_faults())
    async def models(self, request: Request[Any, Any, Any], parts: Parts) -> wire.ModelPage:
        """The names that `model` may have now."""
        _may_list(request)
        return wire.ModelPage(await _models(parts))

    @get("/models/{name:path}", operation_id="getModel", responses=_faults())
    async def model(self, request: Request[Any, Any, Any], name: str, parts: Parts) -> wire.Model:
        """One of them."""
        _may_list(request)
        found = [each for each in await _models(parts) if each.id == name.removeprefix("/")]
        if not found:
            raise NoSuchModel
        return found[0]


def _may_list(request: Request[Any, Any, Any]) -> None:
    key: ApiKey = request.scope["state"]["key"]
    key.must_allow("models")


async def _models(parts: Parts) -> list[wire.Model]:
    offered = await parts.presence.models(anew=True)
    return [wire.Model(name, "ashao") for name in TIERS] + [
        wire.Model(name, owner) for name, owner in sorted(offered.items())
    ]


async def _begin(parts: Parts, key: ApiKey, body: wire.ChatCompletionBody) -> Asked:
    """Make a job of what was asked. Raises Unsupported, NoSuchModel, TooMany."""
    messages, params = _messages(body), _params(body)
    model, tier = await _model(parts, body.model)
    needs = needs_of(model, messages, params)
    notice = await parts.presence.obstacle(tier, needs)
    prompt = Prompt(
        messages=messages,
        model=model,
        tier=tier,
        params=params,
        context_tokens=needs.context_tokens,
        no_worker=notice is not None,
    )
    return Asked(
        job=await parts.completion.begin(key.owner_id, prompt),
        prompt_tokens=prompt_tokens(messages),
        max_tokens=params.max_tokens,
        includes_usage=body.stream_options is not None and bool(body.stream_options.include_usage),
        notice=notice,
    )


async def _model(parts: Parts, name: str) -> tuple[str, Tier]:
    """The model to ask for and where; raises NoSuchModel for a name that nobody knows.

    A model of the donors' list that nobody donates now is known: a provider stands in for it.
    """
    if name in TIERS:
        return ANY_MODEL, TIERS[name]
    is_known = name in {each.id for each in parts.models} or name in await parts.presence.models()
    if not is_known and name not in await parts.presence.models(anew=True):
        raise NoSuchModel
    return name, await parts.presence.tier_of(name)


def _messages(body: wire.ChatCompletionBody) -> list[Message]:
    if body.messages[-1].role != "user":
        raise Unsupported("messages", "The last message must be the user's.")
    return [
        Message("system" if each.role == "developer" else each.role, each.text)
        for each in body.messages
    ]


def _params(body: wire.ChatCompletionBody) -> Params:
    if body.stream_options is not None and not body.stream:
        raise Unsupported("stream_options", "stream_options is only for streams.")
    limits = {body.max_tokens, body.max_completion_tokens} - {None}
    if len(limits) > 1:
        raise Unsupported("max_tokens", "max_tokens and max_completion_tokens differ.")
    return Params(
        temperature=body.temperature,
        top_p=body.top_p,
        max_tokens=next(iter(limits), None),
        stop=[body.stop] if isinstance(body.stop, str) else body.stop,
        seed=body.seed,
    )
