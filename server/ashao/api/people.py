"""Who is signed in: what every door for people asks first."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ashao.api.address import address_of
from ashao.api.guards import owner_of
from ashao.api.parts import Parts
from ashao.errors import NotSignedIn
from ashao.people.owners import account_id_of


async def account_of(request: Request[Any, Any, Any], parts: Parts) -> str | None:
    """The id of the account that the session cookie stands for, if it does for one."""
    owner = await owner_of(request, parts)
    return None if owner is None else account_id_of(owner)


async def provide_account(request: Request[Any, Any, Any], parts: Parts) -> str:
    """The same; raises NotSignedIn."""
    account_id = await account_of(request, parts)
    if account_id is None:
        raise NotSignedIn("Please sign in first.")
    return account_id


async def seldom(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Nobody tries keys and codes in numbers. Raises TooMany."""
    parts: Parts = connection.app.state.parts
    limit = parts.settings.sign_ins_per_minute
    await parts.rates.count("sign-in", address_of(connection, parts.settings), limit)
