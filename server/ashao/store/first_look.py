"""A first look at the store: what waiting does not mend is said before anything is served.

A store that is away, loads its file or elects a master comes back, and is waited for.
"""

import ssl
from collections.abc import Iterator

import structlog
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    InvalidResponse,
    NoPermissionError,
    RedisError,
)

from ashao.errors import CannotStart, StoreUnavailable
from ashao.store.redis import Redis, check_writable

log = structlog.get_logger(__name__)

_WRONG: tuple[tuple[type[Exception], str, str], ...] = (
    (AuthenticationError, "", "refuses the name or the password in it"),
    (AuthenticationWrongNumberOfArgsError, "", "refuses the name or the password in it"),
    (NoPermissionError, "", "does not let that user do what ashao does"),
    (InvalidResponse, "", "does not speak the Redis protocol"),
    (ssl.SSLError, "", "does not agree with it about TLS"),
    (Exception, "Cluster mode is not enabled", "is no Cluster"),
    (Exception, "MOVED ", "is a Cluster's: the URL has to begin with redis+cluster://"),
)
"""Errors by their class and the beginning of their text, and what is said of the store."""


async def check_at_start(redis: Redis) -> None:
    """Return if the store can be used now or later. Raises CannotStart."""
    try:
        await check_writable(redis)
    except StoreUnavailable as error:
        _require_hope(error)
        log.warning("store_unavailable", hint="ashao is ready once its store answers")
    except RedisError as error:
        _require_hope(error)
        raise


def _require_hope(error: BaseException) -> None:
    """Raises CannotStart if it, or what was behind it, is what waiting does not mend."""
    for each in _chain(error):
        for kind, beginning, what in _WRONG:
            if isinstance(each, kind) and str(each).startswith(beginning):
                raise CannotStart(f"The store of ASHAO_REDIS_URL {what}.") from error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
