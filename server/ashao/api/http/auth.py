"""Who is calling: a session's cookie, an API key, a worker's token. All credentials are read here.

Both of the latter come as `Authorization: Bearer <secret>`, which every door reads alike.
"""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ashao.api.http.client import address_of
from ashao.api.http.cookies import secret_in
from ashao.api.http.origin import is_from_elsewhere
from ashao.errors import NotSignedIn
from ashao.identity.api_keys import DONATE
from ashao.identity.owners import AccountId, OwnerId, account_id_of, of_account
from ashao.services import Services
from ashao.store.secrets import digest
from ashao.workers.worker import Worker


def bearer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The secret in the Authorization header, if it has one of the scheme Bearer.

    The scheme may be written in any case, and with any space around the secret (RFC 9110, 11.4).
    """
    scheme, *rest = connection.headers.get("authorization", "").split(maxsplit=1) or [""]
    secret = rest[0].strip() if rest else ""
    return secret if secret and scheme.lower() == "bearer" else None


async def owner_of(request: Request[Any, Any, Any], services: Services) -> OwnerId | None:
    """The owner behind the request's session cookie, if it has a live one."""
    token = secret_in(request, services.settings)
    return await services.sessions.owner(token) if token else None


async def provide_owner(request: Request[Any, Any, Any], services: Services) -> OwnerId:
    """The owner behind the session cookie; raises NotSignedIn."""
    owner = await owner_of(request, services)
    if owner is None:
        raise NotSignedIn("There is no session. Send a message or sign in first.")
    return owner


async def account_of(request: Request[Any, Any, Any], services: Services) -> AccountId | None:
    """The id of the account that the session cookie stands for, if it does for one."""
    owner = await owner_of(request, services)
    return None if owner is None else account_id_of(owner)


async def provide_account(request: Request[Any, Any, Any], services: Services) -> AccountId:
    """The same; raises NotSignedIn."""
    account_id = await account_of(request, services)
    if account_id is None:
        raise NotSignedIn("Please sign in first.")
    return account_id


async def provide_worker(request: Request[Any, Any, Any], services: Services) -> Worker:
    """The worker behind the bearer token; raises NotSignedIn."""
    return await services.workers.authenticate(bearer_of(request))


async def provide_cached_worker(request: Request[Any, Any, Any], services: Services) -> Worker:
    """The same, by a check of the last second; raises NotSignedIn."""
    return await services.workers.authenticate(bearer_of(request), may_be_cached=True)


async def payee_of(request: Request[Any, Any, Any], services: Services) -> OwnerId | None:
    """Who earns for a worker: the account whose key it shows, or that is signed in on its page.

    Raises NotSignedIn for an unknown key, Forbidden for one that is not meant for this.
    """
    secret = bearer_of(request)
    if secret is not None:
        key = await services.api_keys.authenticate(secret)
        key.require_scope(DONATE)
        return key.maker_id
    if is_from_elsewhere(request):
        return None
    account_id = await account_of(request, services)
    return None if account_id is None else of_account(account_id)


async def require_api_key(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Let only API keys pass, each as often as it may. Raises NotSignedIn, TooMany.

    Programs that speak Anthropic's format send theirs as `x-api-key`.
    """
    services: Services = connection.app.state.services
    secret = bearer_of(connection) or connection.headers.get("x-api-key", "").strip()
    try:
        key = await services.api_keys.authenticate(secret)
    except NotSignedIn:
        address = address_of(connection, services.settings)
        await services.rate_limits.count("no-key", address, services.settings.sends_per_minute)
        raise
    await services.rate_limits.count("key", key.id, key.per_minute)
    connection.scope["state"]["key"] = key


async def count_try(services: Services, kind: str, target: str) -> None:
    """Nor do many addresses try one wallet, passkey or code, known or not. Raises TooMany."""
    limit = services.settings.sign_ins_per_minute
    await services.rate_limits.count(f"sign-in-{kind}", digest(target), limit)


async def sign_in_rate_limit(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Nobody tries keys and codes in numbers. Raises TooMany."""
    services: Services = connection.app.state.services
    limit = services.settings.sign_ins_per_minute
    await services.rate_limits.count("sign-in", address_of(connection, services.settings), limit)
