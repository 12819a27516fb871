"""The models that a donor may load."""

from litestar import get

from ashao.api.http.openapi import error_responses
from ashao.api.http.public import public_document
from ashao.api.wire import Wire
from ashao.services import Services
from ashao.site.models import Model


class ModelList(Wire):
    """The models, the default first."""

    models: list[Model]


@get(
    "/api/models",
    operation_id="models",
    tags=["workers"],
    middleware=[public_document],
    responses=error_responses(),
)
async def models(services: Services) -> ModelList:
    """The models that a donor may load, the default first."""
    return ModelList(models=list(services.models))
