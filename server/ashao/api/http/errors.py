"""Domain errors as HTTP answers: the only such table. No stack trace ever reaches a client."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR
from litestar.types import Send

from ashao import errors
from ashao.api.http.headers import answer_at_the_door
from ashao.api.wire import Problem
from ashao.tasks import log_defect

# The most specific class wins.
STATUS: Mapping[type[errors.AshaoError], int] = {
    errors.BadRequest: 400,
    errors.NotSignedIn: 401,
    errors.InsufficientCredits: 402,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Fence: 409,
    errors.TooLarge: 413,
    errors.UnknownFormat: 415,
    errors.Misdirected: 421,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
PLAIN = {
    400: "The request could not be understood.",
    404: "There is nothing here.",
    405: "This path does not take that method.",
    413: "The request is too large.",
    415: "The body must be JSON.",
}
# Reasons that go on with the value itself are cut there.
ECHOES = ("Invalid enum value", "Invalid value", "Object contains unknown field")
OUR_FAULT = "Something went wrong here. Please try again."


def status_of(error: errors.AshaoError) -> int:
    """The HTTP status of a domain error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem_of(error: errors.AshaoError) -> Problem:
    """The body of a domain error."""
    if isinstance(error, errors.Fence):
        return Problem(error=str(error), refusal=error.refusal, expected=error.expected)
    return Problem(error=str(error))


def refusal(error: errors.AshaoError) -> tuple[int, dict[str, str], Problem]:
    """The status, the headers and the body that say a domain error."""
    headers = {}
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, errors.Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, errors.NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    return status_of(error), headers, problem_of(error)


async def refuse_at_the_door(send: Send, error: errors.AshaoError) -> None:
    """Say a domain error where no route is asked."""
    status, headers, problem = refusal(error)
    body = msgspec.json.encode(problem)
    described = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    await answer_at_the_door(send, status, headers | described, body)


def on_ashao_error(_: Request[Any, Any, Any], error: errors.AshaoError) -> Response[Problem]:
    """A refusal or an outage, said plainly."""
    status, headers, problem = refusal(error)
    return _answer(problem, status, headers)


def on_http_exception(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What Litestar refuses by itself: unknown paths, bad bodies, wrong methods."""
    sentence = PLAIN.get(error.status_code, error.detail)
    reasons = _reasons(error)
    if reasons:
        sentence = f"{sentence.rstrip('.')}: {reasons}"
    return _answer(Problem(error=sentence), error.status_code, dict(error.headers or {}))


def on_anything_else(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A defect of ours. The log gets its kind and place, never its text: that may hold words."""
    log_defect(error, route=request.scope["path"])
    return _answer(Problem(error=OUR_FAULT), HTTP_500_INTERNAL_SERVER_ERROR, {})


def _reasons(error: HTTPException) -> str:
    """Which fields were wrong, by name, without repeating their values."""
    extra = error.extra if isinstance(error.extra, list) else []
    return "; ".join(
        f"{item['key']}: {_reason(item)}" if item.get("key") else _reason(item)
        for item in extra
        if isinstance(item, dict) and "message" in item
    )[:500]


def _reason(item: Mapping[str, str]) -> str:
    message = str(item["message"])
    if message == repr(item.get("key")):  # a KeyError's text
        return "is missing"
    return next((echo for echo in ECHOES if message.startswith(echo)), message)


def _answer(problem: Problem, status: int, headers: dict[str, str]) -> Response[Problem]:
    return Response(problem, status_code=status, headers=headers, media_type=MediaType.JSON)
