"""How a provider fails, as a closed list. The words of a remote error are never passed on.

A remote error may quote the prompt or the answer, and even the key; so what leaves this package
is a kind, the sentence of that kind, when to come back, and the type name of the cause.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import isfinite

from ashao.errors import AshaoError


class Failure(StrEnum):
    """The kinds of failure."""

    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    BAD_REQUEST = "bad_request"
    CONTEXT_TOO_LONG = "context_too_long"
    MISCONFIGURED = "misconfigured"
    BROKEN_STREAM = "broken_stream"

    @property
    def is_requests_fault(self) -> bool:
        """Whether the request is at fault, not the provider."""
        return self in (self.REFUSED, self.BAD_REQUEST, self.CONTEXT_TOO_LONG)


SENTENCES = {
    Failure.REFUSED: "The model's safety rules stopped this answer.",
    Failure.RATE_LIMITED: "The provider takes no more requests for the moment.",
    Failure.UNAVAILABLE: "The provider does not answer.",
    Failure.TIMEOUT: "The provider took too long.",
    Failure.BAD_REQUEST: "The provider cannot take this request.",
    Failure.CONTEXT_TOO_LONG: "The conversation is too long for the provider's model.",
    Failure.MISCONFIGURED: "The provider does not accept its key, account or model.",
    Failure.BROKEN_STREAM: "The provider's answer broke off.",
}

BUSY_STATUSES = frozenset({408, 500, 502, 503, 504, 529})
OPERATOR_STATUSES = frozenset({401, 402, 403, 404})


class ProviderError(AshaoError):
    """A provider could not write, or go on with, an answer.

    `retry_after_s` is set where the provider said when to come back; `cause` is the type name of
    what happened beneath, for logs.
    """

    def __init__(
        self, code: Failure, *, retry_after_s: float | None = None, cause: str = ""
    ) -> None:
        super().__init__(SENTENCES[code])
        self.code = code
        self.retry_after_s = retry_after_s
        self.cause = cause

    @property
    def is_final(self) -> bool:
        """Whether to tell the client at once instead of asking the next provider."""
        return self.code.is_requests_fault


class ProviderUnavailable(ProviderError):
    """The provider was not asked: it is left alone for a while, or its budget is spent."""

    def __init__(self) -> None:
        super().__init__(Failure.RATE_LIMITED)


def failure_of_status(status: int) -> Failure:
    """The kind that an HTTP status of 400 and above stands for."""
    if status == 429:
        return Failure.RATE_LIMITED
    if status in BUSY_STATUSES:
        return Failure.UNAVAILABLE
    if status in OPERATOR_STATUSES:
        return Failure.MISCONFIGURED
    return Failure.BAD_REQUEST if 400 <= status < 500 else Failure.UNAVAILABLE


def retry_after_s(headers: Mapping[str, str], now_ms: int) -> float | None:
    """Seconds from a Retry-After header, given as a number or as a date; None without one."""
    text = headers.get("retry-after", "")
    seconds: float | None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text, now_ms)
    return max(0.0, seconds) if seconds is not None and isfinite(seconds) else None


def _seconds_until(date: str, now_ms: int) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - now_ms / 1000
    except ValueError:
        return None


async def translate_errors[T](
    pieces: AsyncGenerator[T], failure: Callable[[Exception], ProviderError]
) -> AsyncGenerator[T]:
    """The same pieces; whatever the SDK beneath raises comes out as a ProviderError.

    It is raised outside of the handler, so that no traceback carries the original along.
    """
    async with aclosing(pieces):
        while True:
            try:
                piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except ProviderError as error:
                broken = error
                break
            except Exception as error:
                broken = failure(error)
                break
            yield piece
    broken.__context__ = None
    raise broken
