"""Errors in the OpenAI format: the same sentences and statuses as elsewhere, in another shape."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec

from ashao import errors
from ashao.api.http import errors as http_errors
from ashao.api.openai.schemas import ErrorBody, ErrorObject
from ashao.api.programs.errors import (
    CompletionFailed,
    ModelNotFound,
    NobodyServes,
    UnsupportedValue,
)
from ashao.jobs.codes import EndCode

TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
CODES = {
    401: "invalid_api_key",
    402: "insufficient_quota",
    404: "not_found",
    413: "too_large",
    429: "rate_limit_exceeded",
}


def error_object_of(error: errors.AshaoError) -> tuple[int, ErrorObject]:
    """A domain error's status, and how OpenAI would say it."""
    match error:
        case UnsupportedValue():
            return 400, _error_object(400, str(error), error.param, error.code)
        case ModelNotFound():
            return 404, _error_object(404, str(error), "model", "model_not_found")
        case NobodyServes():
            return 503, _error_object(503, str(error), None, EndCode.NO_PRODUCER)
        case CompletionFailed():
            return error.status, _error_object(error.status, str(error), None, error.code)
    status = http_errors.status_of(error)
    return status, _error_object(status, str(error), None, CODES.get(status))


def on_ashao_error(
    request: Request[Any, Any, Any], error: errors.AshaoError
) -> Response[ErrorBody]:
    """A refusal or an outage."""
    status, error_object = error_object_of(error)
    headers = http_errors.on_ashao_error(request, error).headers
    return _answer(error_object, status, dict(headers))


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    """What cannot be read, and paths and methods that are not there."""
    sentence = http_errors.on_http_exception(request, error).content.error
    status = error.status_code
    return _answer(
        _error_object(status, sentence, None, CODES.get(status)), status, dict(error.headers or {})
    )


def refusal(error: errors.AshaoError) -> tuple[int, bytes]:
    """A refusal before any controller is asked: status, JSON."""
    status, error_object = error_object_of(error)
    return status, msgspec.json.encode(ErrorBody(error_object))


def on_anything_else(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """A defect of ours."""
    sentence = http_errors.on_anything_else(request, error).content.error
    return _answer(_error_object(500, sentence, None, None), 500, {})


def event_of(error: errors.AshaoError) -> bytes:
    """An error's JSON for a stream that has begun."""
    return msgspec.json.encode(ErrorBody(error_object_of(error)[1]))


def event_of_defect() -> bytes:
    """The same for a defect of ours."""
    return msgspec.json.encode(ErrorBody(_error_object(500, http_errors.OUR_FAULT, None, None)))


def _error_object(status: int, message: str, param: str | None, code: str | None) -> ErrorObject:
    kind = TYPES.get(status) or ("invalid_request_error" if status < 500 else "server_error")
    return ErrorObject(message, kind, param, code)


def _answer(error_object: ErrorObject, status: int, headers: dict[str, str]) -> Response[ErrorBody]:
    return Response(
        ErrorBody(error_object), status_code=status, headers=headers, media_type=MediaType.JSON
    )


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
        for status in (400, 401, 403, 404, 413, 421, 429, 500, 503, *statuses)
    }
