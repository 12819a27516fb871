"""The names that may be asked for, and who serves them now."""

from typing import Any, Literal

import msgspec
from litestar import Controller, Request, get

from ashao.api.http.auth import require_api_key
from ashao.api.openai.errors import HANDLERS, error_responses
from ashao.api.programs.ask import TIERS
from ashao.api.programs.errors import ModelNotFound
from ashao.api.programs.reply import key_of
from ashao.jobs.job import Tier
from ashao.services import Services
from ashao.workers.worker import Worker


class Model(msgspec.Struct, kw_only=True):
    """A name that may be asked for; `owned_by` is "ashao", "workers" or a provider's name.

    OpenAI's format ends with `created`, Anthropic's with `lifecycle`. Nobody knows when a model was
    made, so it was at the epoch, which Anthropic's allows. `tiers` are those of the `workers` that
    serve it now. Their longest window is `context_length`, as OpenRouter calls it, and
    `max_model_len`, as vLLM does, null where none of them says.
    """

    id: str
    owned_by: str
    object: Literal["model"] = "model"
    created: int = 0
    type: Literal["model"] = "model"
    display_name: str
    created_at: str = "1970-01-01T00:00:00Z"
    lifecycle: Literal["active"] = "active"
    context_length: int | None
    max_model_len: int | None
    tiers: list[Tier]
    workers: int


class ModelPage(msgspec.Struct, kw_only=True):
    """Every name that may be asked for, on the one page that there is (Anthropic's has ends)."""

    data: list[Model]
    object: Literal["list"] = "list"
    has_more: Literal[False] = False
    first_id: str
    last_id: str


class ModelController(Controller):
    """What may be asked for."""

    path = "/v1/models"
    tags = ["openai"]
    guards = [require_api_key]
    exception_handlers = HANDLERS

    @get("/", operation_id="listModels", responses=error_responses())
    async def models(self, request: Request[Any, Any, Any], services: Services) -> ModelPage:
        """The names that `model` may have now."""
        key_of(request, "models")
        models = await _models(services)
        return ModelPage(data=models, first_id=models[0].id, last_id=models[-1].id)

    @get("/{name:path}", operation_id="getModel", responses=error_responses())
    async def model(self, request: Request[Any, Any, Any], name: str, services: Services) -> Model:
        """One of them."""
        key_of(request, "models")
        asked = name.lstrip("/")  # a path's first slash is lost on the way
        found = [each for each in await _models(services) if each.id.lstrip("/") == asked]
        if not found:
            raise ModelNotFound
        return found[0]


async def _models(services: Services) -> list[Model]:
    workers = await services.presence.workers(anew=True)
    offered = await services.presence.models()
    ours = [
        _model(name, "ashao", [each for each in workers if tier is None or tier in each.tiers])
        for name, tier in TIERS.items()
    ]
    return ours + [
        _model(name, owner, [each for each in workers if each.model == name])
        for name, owner in sorted(offered.items())
    ]


def _model(name: str, owner: str, workers: list[Worker]) -> Model:
    window = max((each.context_tokens or 0 for each in workers), default=0) or None
    tiers = {tier for each in workers for tier in each.tiers}
    return Model(
        id=name,
        display_name=name,
        owned_by=owner,
        context_length=window,
        max_model_len=window,
        tiers=[tier for tier in Tier if tier in tiers],
        workers=len(workers),
    )
