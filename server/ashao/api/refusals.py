"""What is refused before any controller is asked, in the shape of the path's side."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from ashao.api.anthropic import errors as anthropic_errors
from ashao.api.http import errors as http_errors
from ashao.api.openai import errors as openai_errors
from ashao.errors import AshaoError

OPENAI = "/v1/"
ANTHROPIC = "/v1/messages"


def on_no_path(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Unknown paths and methods."""
    if request.scope["path"].startswith(ANTHROPIC):
        return anthropic_errors.on_http_exception(request, error)
    if request.scope["path"].startswith(OPENAI):
        return openai_errors.on_http_exception(request, error)
    return http_errors.on_http_exception(request, error)


def refusal_at(path: str, error: AshaoError) -> tuple[int, bytes]:
    """A refusal: status, JSON."""
    if path.startswith(ANTHROPIC):
        return anthropic_errors.refusal(error)
    if path.startswith(OPENAI):
        return openai_errors.refusal(error)
    return http_errors.status_of(error), msgspec.json.encode(http_errors.problem_of(error))
