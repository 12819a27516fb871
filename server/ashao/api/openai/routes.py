"""Others' clients: the OpenAI chat format, with API keys, on the same jobs as everything else."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from ashao.api.http.auth import require_api_key
from ashao.api.openai import errors as failures
from ashao.api.openai import schemas as wire
from ashao.api.openai.answer import CompletionRequest, full_completion
from ashao.api.openai.asked import asked_of
from ashao.api.openai.errors import ModelNotFound, NobodyServes
from ashao.api.openai.request import ChatRequest
from ashao.api.openai.stream import ChunkStream
from ashao.chat.completion import Prompt
from ashao.errors import AshaoError
from ashao.identity.api_keys import ApiKey
from ashao.jobs.job import ANY_MODEL, Tier
from ashao.jobs.queue.requirements import requirements_of
from ashao.services import Services
from ashao_text.tokens import estimated_tokens

TIERS = {ANY_MODEL: None} | {tier.value: tier for tier in Tier}
"""The names that stand for a tier, or for the one that has workers now, and any of its models."""


def _error_responses(*statuses: int) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(wire.ErrorBody, generate_examples=False)
        for status in (400, 401, 403, 404, 413, 421, 429, 500, 503, *statuses)
    }


class OpenAIController(Controller):
    """What a program says and asks."""

    path = "/v1"
    tags = ["openai"]
    guards = [require_api_key]
    exception_handlers = {
        AshaoError: failures.on_ashao_error,
        HTTPException: failures.on_http_exception,
        Exception: failures.on_anything_else,
    }

    @post(
        "/chat/completions",
        operation_id="chatCompletions",
        status_code=HTTP_200_OK,
        request_class=ChatRequest,
        request_max_body_size=wire.MAX_CHAT_BODY_BYTES,
        responses={200: ResponseSpec(wire.ChatCompletion, generate_examples=False)}
        | _error_responses(402, 415),
    )
    async def chat_completions(
        self, request: Request[Any, Any, Any], data: wire.ChatCompletionBody, services: Services
    ) -> ASGIApp:
        """Answer a conversation: whole, or as chunks. Whoever leaves cancels the answer."""
        key: ApiKey = request.scope["state"]["key"]
        key.require_scope("chat")
        completion = await _begin_completion(services, key, data)
        if data.stream:
            return ChunkStream(services, completion)
        answer = await full_completion(services, completion, request.receive)
        return Response(answer, headers=completion.headers).to_asgi_response(
            app=None, request=request
        )

    @get("/models", operation_id="listModels", responses=_error_responses())
    async def models(self, request: Request[Any, Any, Any], services: Services) -> wire.ModelPage:
        """The names that `model` may have now."""
        _require_models_scope(request)
        return wire.ModelPage(await _models(services))

    @get("/models/{name:path}", operation_id="getModel", responses=_error_responses())
    async def model(
        self, request: Request[Any, Any, Any], name: str, services: Services
    ) -> wire.Model:
        """One of them."""
        _require_models_scope(request)
        asked = name.lstrip("/")  # a path's first slash is lost on the way
        found = [each for each in await _models(services) if each.id.lstrip("/") == asked]
        if not found:
            raise ModelNotFound
        return found[0]


def _require_models_scope(request: Request[Any, Any, Any]) -> None:
    key: ApiKey = request.scope["state"]["key"]
    key.require_scope("models")


async def _models(services: Services) -> list[wire.Model]:
    offered = await services.presence.models(anew=True)
    return [wire.Model(name, "ashao") for name in TIERS] + [
        wire.Model(name, owner) for name, owner in sorted(offered.items())
    ]


async def _begin_completion(
    services: Services, key: ApiKey, body: wire.ChatCompletionBody
) -> CompletionRequest:
    """Make a job of what was asked.

    Raises UnsupportedValue, ModelNotFound, NobodyServes, TooMany.
    """
    asked = asked_of(body)
    messages, params = asked.messages, asked.params
    model, tier = await _model(services, body.model)
    needs = requirements_of(model, messages, params)
    tier = tier or await services.presence.tier_for(needs)
    if (missing := await services.presence.why_nobody(tier, needs)) is not None:
        raise NobodyServes(missing.why, missing.retry_after_s)
    notice = await services.presence.why_no_worker(tier, needs)
    prompt = Prompt(
        messages=messages,
        model=model,
        tier=tier,
        params=params,
        context_tokens=needs.context_tokens,
        no_worker=notice is not None,
    )
    return CompletionRequest(
        job=await services.completions.begin(key.owner_id, prompt),
        prompt_tokens=estimated_tokens(messages),
        max_tokens=params.max_tokens,
        includes_usage=body.stream_options is not None and body.stream_options.include_usage,
        notice=notice,
        tools=params.tools,
    )


async def _model(services: Services, name: str) -> tuple[str, Tier | None]:
    """The model to ask for and where, None: where workers are. Raises ModelNotFound for a name
    that nobody knows.

    A model of the donors' list that nobody donates now is known: a provider stands in for it.
    """
    if name in TIERS:
        return ANY_MODEL, TIERS[name]
    is_known = (
        name in {each.id for each in services.models} or name in await services.presence.models()
    )
    if not is_known and name not in await services.presence.models(anew=True):
        raise ModelNotFound
    return name, await services.presence.tier_of(name)
