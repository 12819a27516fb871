"""The cookie that keeps a session's secret out of reach of scripts and of other sites.

Over TLS its name makes browsers refuse it from any other host, such as a neighbour's below the same
domain.
"""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from ashao.identity.sessions import SESSION_TTL_S
from ashao.settings import Settings

NAME = "ashao_session"


def secret_in(request: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> str | None:
    """The secret that a request brings along."""
    return request.cookies.get(_name(settings)) or None


def session_cookie(secret: str, settings: Settings) -> Cookie:
    """What keeps a secret in the browser, from now on for as long as the session lives unused."""
    return _cookie(secret, SESSION_TTL_S, settings)


def no_cookie(settings: Settings) -> Cookie:
    """What makes the browser forget it."""
    return _cookie("", 0, settings)


def _cookie(value: str, max_age: int, settings: Settings) -> Cookie:
    return Cookie(
        key=_name(settings),
        value=value,
        path="/",
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=settings.is_secure,
    )


def _name(settings: Settings) -> str:
    return f"__Host-{NAME}" if settings.is_secure else NAME
