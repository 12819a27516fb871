"""The models that a donor may load."""

from litestar import get

from ashao.api.document import refusals
from ashao.api.model_list import Model
from ashao.api.parts import Parts
from ashao.api.wire import Wire


class ModelList(Wire):
    """The models, the default first."""

    models: list[Model]


@get("/api/models", operation_id="models", tags=["workers"], responses=refusals())
async def models(parts: Parts) -> ModelList:
    """The models that a donor may load, the default first."""
    return ModelList(models=list(parts.models))
