"""Errors in the OpenAI format: the same sentences and statuses as elsewhere, in another shape."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from ashao import errors
from ashao.api.http import errors as http_errors
from ashao.api.openai.schemas import Fault, Faulty
from ashao.api.wire import Problem
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
ENDS = {
    EndCode.REFUSED: "content_filter",
    EndCode.CONTEXT_TOO_LONG: "context_length_exceeded",
}


class UnsupportedValue(errors.BadRequest):
    """A field says what cannot be done; `param` names it, `code` says in a word what is wrong."""

    def __init__(self, param: str | None, message: str, code: str = "unsupported_value") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class ModelNotFound(errors.NotFound):
    """Nobody has the model, and no provider goes by that name."""

    def __init__(self) -> None:
        super().__init__("There is no such model here. GET /v1/models lists them.")


class NobodyServes(errors.Unavailable):
    """Neither a worker nor a provider can answer this now; the text says how that is changed."""

    def __init__(self, why: str, retry_after_s: int) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class CompletionFailed(errors.Unavailable):
    """The job ended, or was lost, without a whole answer; `end` is its end's code, if known."""

    def __init__(self, sentence: str, end: str | None = None) -> None:
        super().__init__(sentence)
        known = EndCode(end) if end and end in EndCode else None
        self.code = ENDS[known] if known in ENDS else end or "unavailable"
        self.status = 400 if known and known.is_jobs_fault else 503


def fault_of(error: errors.AshaoError) -> tuple[int, Fault]:
    """A domain error's status, and how OpenAI would say it."""
    match error:
        case UnsupportedValue():
            return 400, _fault(400, str(error), error.param, error.code)
        case ModelNotFound():
            return 404, _fault(404, str(error), "model", "model_not_found")
        case NobodyServes():
            return 503, _fault(503, str(error), None, EndCode.NO_PRODUCER)
        case CompletionFailed():
            return error.status, _fault(error.status, str(error), None, error.code)
    status = http_errors.status_of(error)
    return status, _fault(status, str(error), None, CODES.get(status))


def on_ashao_error(request: Request[Any, Any, Any], error: errors.AshaoError) -> Response[Faulty]:
    """A refusal or an outage."""
    status, fault = fault_of(error)
    headers = http_errors.on_ashao_error(request, error).headers
    return _answer(fault, status, dict(headers))


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Faulty]:
    """What cannot be read, and paths and methods that are not there."""
    sentence = http_errors.on_http_exception(request, error).content.error
    status = error.status_code
    return _answer(
        _fault(status, sentence, None, CODES.get(status)), status, dict(error.headers or {})
    )


def on_no_path(
    request: Request[Any, Any, Any], error: HTTPException
) -> Response[Faulty] | Response[Problem]:
    """What no controller is asked for: unknown paths and methods, in the shape of their side."""
    if _is_in_our_format(request.scope["path"]):
        return on_http_exception(request, error)
    return http_errors.on_http_exception(request, error)


def refusal_at(path: str, error: errors.AshaoError) -> tuple[int, bytes]:
    """A refusal before any controller is asked, in the shape of the path's side: status, JSON."""
    if _is_in_our_format(path):
        status, fault = fault_of(error)
        return status, msgspec.json.encode(Faulty(fault))
    return http_errors.status_of(error), msgspec.json.encode(http_errors.problem_of(error))


def on_anything_else(request: Request[Any, Any, Any], error: Exception) -> Response[Faulty]:
    """A defect of ours."""
    sentence = http_errors.on_anything_else(request, error).content.error
    return _answer(_fault(500, sentence, None, None), 500, {})


def event_of(error: errors.AshaoError) -> bytes:
    """An error's JSON for a stream that has begun."""
    return msgspec.json.encode(Faulty(fault_of(error)[1]))


def event_of_defect() -> bytes:
    """The same for a defect of ours."""
    return msgspec.json.encode(Faulty(_fault(500, http_errors.OUR_FAULT, None, None)))


def _is_in_our_format(path: str) -> bool:
    return path.startswith("/v1/")


def _fault(status: int, message: str, param: str | None, code: str | None) -> Fault:
    kind = TYPES.get(status) or ("invalid_request_error" if status < 500 else "server_error")
    return Fault(message, kind, param, code)


def _answer(fault: Fault, status: int, headers: dict[str, str]) -> Response[Faulty]:
    return Response(Faulty(fault), status_code=status, headers=headers, media_type=MediaType.JSON)
