"""Errors in the OpenAI format: the same sentences and statuses as elsewhere, in another shape."""

import re
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from ashao import errors
from ashao.api import failures
from ashao.api.openai_wire import Fault, Faulty
from ashao.jobs.endings import SENTENCES, EndCode

UNKNOWN_FIELD = re.compile(r"unknown field `([^`]{1,100})`")
TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
CODES = {401: "invalid_api_key", 404: "not_found", 413: "too_large", 429: "rate_limit_exceeded"}
# How a job that ended badly answers; anything else is nobody's fault here.
ENDS = {
    EndCode.BAD_REQUEST: (400, "bad_request"),
    EndCode.REFUSED: (400, "content_filter"),
    EndCode.CONTEXT_TOO_LONG: (400, "context_length_exceeded"),
}
UNFINISHED = 503


class Unsupported(errors.BadRequest):
    """A field, or what it says, is not supported; `param` names it."""

    def __init__(self, param: str, message: str, code: str = "unsupported_value") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class NoSuchModel(errors.NotFound):
    """Nobody has the model, and no provider goes by that name."""

    def __init__(self) -> None:
        super().__init__("There is no such model here. GET /v1/models lists them.")


class BrokenOff(errors.AshaoError):
    """The job ended, or was lost, without a whole answer."""

    def __init__(self, sentence: str, code: str | None) -> None:
        super().__init__(sentence)
        self.status, self.code = ENDS.get(EndCode(code), (UNFINISHED, code)) if code else (
            UNFINISHED,
            "unavailable",
        )


def fault_of(error: errors.AshaoError) -> Fault:
    """A domain error as OpenAI would say it."""
    match error:
        case Unsupported():
            return _fault(400, str(error), error.param, error.code)
        case NoSuchModel():
            return _fault(404, str(error), "model", "model_not_found")
        case BrokenOff():
            return _fault(error.status, str(error), None, error.code)
    status = failures.status_of(error)
    return _fault(status, str(error), None, CODES.get(status))


def on_broken_off(_: Request[Any, Any, Any], error: BrokenOff) -> Response[Faulty]:
    """An answer that did not come to its end."""
    return _answer(fault_of(error), error.status, {})


def on_ashao_error(
    request: Request[Any, Any, Any], error: errors.AshaoError
) -> Response[Faulty]:
    """A refusal or an outage."""
    plain = failures.on_ashao_error(request, error)
    headers = {name: value for name, value in plain.headers.items()}
    return _answer(fault_of(error), plain.status_code or 500, headers)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Faulty]:
    """What cannot be read, or does not fit the format; `param` names the first field at fault."""
    plain = failures.on_http_exception(request, error)
    param, code = _field(error)
    sentence = plain.content.error
    if code == "unsupported_parameter":
        sentence = f"{param} is not supported here."
    fault = _fault(error.status_code, sentence, param, code or CODES.get(error.status_code))
    return _answer(fault, error.status_code, dict(error.headers or {}))


def on_anything_else(request: Request[Any, Any, Any], error: Exception) -> Response[Faulty]:
    """A defect of ours."""
    plain = failures.on_anything_else(request, error)
    return _answer(_fault(500, plain.content.error, None, None), 500, {})


def event_of(error: errors.AshaoError) -> bytes:
    """An error's JSON in a stream that has begun."""
    return msgspec.json.encode(Faulty(fault_of(error)))


def sentence_of(code: str | None) -> str:
    """The sentence that belongs to how a job ended."""
    return SENTENCES[EndCode(code)] if code else SENTENCES[EndCode.NO_PRODUCER]


def _field(error: HTTPException) -> tuple[str | None, str | None]:
    """The first field at fault, and what is wrong with it."""
    extra = error.extra if isinstance(error.extra, list) and error.extra else [{}]
    key, message = str(extra[0].get("key", "")), str(extra[0].get("message", ""))
    key = "" if key == "data" else key
    if unknown := UNKNOWN_FIELD.search(message):
        return ".".join(filter(None, (key, unknown[1]))), "unsupported_parameter"
    return key or None, "invalid_value" if key else None


def _fault(status: int, message: str, param: str | None, code: str | None) -> Fault:
    kind = TYPES.get(status) or ("invalid_request_error" if status < 500 else "server_error")
    return Fault(message, kind, param, code)


def _answer(fault: Fault, status: int, headers: dict[str, str]) -> Response[Faulty]:
    return Response(
        Faulty(fault), status_code=status, headers=headers, media_type=MediaType.JSON
    )
