"""Errors in Anthropic's format: the same sentences and statuses as elsewhere, in another shape."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec

from ashao import errors
from ashao.api.anthropic.schemas import ErrorBody, ErrorObject
from ashao.api.http import errors as http_errors
from ashao.api.programs.errors import CompletionFailed

TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "overloaded_error",
}


def error_of(error: errors.AshaoError) -> tuple[int, ErrorBody]:
    """A domain error's status, and how Anthropic would say it."""
    status = error.status if isinstance(error, CompletionFailed) else http_errors.status_of(error)
    return status, _body(status, str(error))


def defect() -> ErrorBody:
    """The same for a defect of ours."""
    return _body(500, http_errors.OUR_FAULT)


def refusal(error: errors.AshaoError) -> tuple[int, bytes]:
    """A refusal before any controller is asked: status, JSON."""
    status, body = error_of(error)
    return status, msgspec.json.encode(body)


def on_ashao_error(
    request: Request[Any, Any, Any], error: errors.AshaoError
) -> Response[ErrorBody]:
    """A refusal or an outage."""
    status, body = error_of(error)
    headers = http_errors.on_ashao_error(request, error).headers
    return _answer(body, status, dict(headers))


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    """What cannot be read, and paths and methods that are not there."""
    sentence = http_errors.on_http_exception(request, error).content.error
    status = error.status_code
    return _answer(_body(status, sentence), status, dict(error.headers or {}))


def on_anything_else(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """A defect of ours."""
    sentence = http_errors.on_anything_else(request, error).content.error
    return _answer(_body(500, sentence), 500, {})


HANDLERS: Any = {
    errors.AshaoError: on_ashao_error,
    HTTPException: on_http_exception,
    Exception: on_anything_else,
}
"""A controller's `exception_handlers`."""


def error_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """The error answers of an operation, for its `responses`."""
    return {
        status: ResponseSpec(ErrorBody, generate_examples=False)
        for status in (400, 401, 403, 404, 413, 415, 421, 429, 500, 503, *statuses)
    }


def _body(status: int, message: str) -> ErrorBody:
    return ErrorBody(ErrorObject(TYPES.get(status, "invalid_request_error"), message))


def _answer(body: ErrorBody, status: int, headers: dict[str, str]) -> Response[ErrorBody]:
    return Response(body, status_code=status, headers=headers, media_type=MediaType.JSON)
