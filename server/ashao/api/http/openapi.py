"""The OpenAPI document at /schema, and what every operation may answer besides success."""

from http import HTTPStatus

from litestar import MediaType, Response, Router
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin

from ashao.api.http.errors import PLAIN
from ashao.api.http.public import public_document
from ashao.api.wire import Problem

# Any operation may meet a request that makes no sense or is meant for another host, a defect of
# ours, and a store that is away.
ALWAYS = (400, 421, 500, 503)


def error_responses(*statuses: int, no_content: str = "") -> dict[int, ResponseSpec]:
    """The error answers of an operation for its `responses`; `no_content` says what a 204 means."""
    specs = {
        status: ResponseSpec(
            Problem, description=HTTPStatus(status).phrase, generate_examples=False
        )
        for status in sorted({*ALWAYS, *statuses})
    }
    if no_content:
        specs[204] = ResponseSpec(None, description=no_content)
    return specs


def document() -> OpenAPIConfig:
    """The document of all operations, as JSON; the site has no other page about it."""
    router = Router(
        "/schema",
        route_handlers=[],
        include_in_schema=False,
        after_request=_no_other_page,
        middleware=[public_document],
    )
    return OpenAPIConfig(
        title="ashao", version="1", openapi_router=router, render_plugins=[JsonRenderPlugin()]
    )


def _no_other_page(response: Response[object]) -> Response[object]:
    """Litestar has a page of its own for what is missing here; ours is the same everywhere."""
    if response.status_code != HTTPStatus.NOT_FOUND:
        return response
    return Response(Problem(error=PLAIN[404]), status_code=404, media_type=MediaType.JSON)
