"""The API keys that an account makes: what programs do with them is the account's."""

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Controller, Request, delete, get, post
from litestar.params import Parameter

from ashao.api.account import schemas as wire
from ashao.api.http.auth import account_of
from ashao.api.http.openapi import error_responses
from ashao.api.http.origin import same_origin
from ashao.api.wire import ID_PATTERN
from ashao.errors import NotSignedIn
from ashao.identity.api_keys import ApiKey
from ashao.identity.owners import AccountId, of_account
from ashao.services import Services

PER_MINUTE = 60

KeyId = Annotated[str, Parameter(pattern=ID_PATTERN)]


class KeyController(Controller):
    """One's own keys."""

    path = "/api/keys"
    tags = ["keys"]
    guards = [same_origin]

    @get("/", operation_id="listKeys", summary="Listed", responses=error_responses(401))
    async def list_keys(self, account_id: AccountId, services: Services) -> wire.KeyList:
        """All of them, without their secrets."""
        found = await services.api_keys.list_of(of_account(account_id))
        return wire.KeyList(keys=[_key_of(each) for each in found])

    @post("/", operation_id="createKey", responses=error_responses(401, 403, 404, 409, 413, 415))
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: wire.KeyBody,
        account_id: AccountId,
        services: Services,
    ) -> wire.NewKey:
        """A new key; its secret is told this once."""
        key, secret = await services.api_keys.create(
            data.name, data.scopes, PER_MINUTE, of_account(account_id)
        )
        if await account_of(request, services) != account_id:  # deleted, banned or signed out
            await services.api_keys.revoke(key.id)
            raise NotSignedIn("This session was closed.")
        return wire.NewKey(key=_key_of(key), secret=secret)

    @delete("/{key_id:str}", operation_id="revokeKey", responses=error_responses(401, 403, 404))
    async def revoke(self, key_id: KeyId, account_id: AccountId, services: Services) -> None:
        """It works no longer, from this moment."""
        await services.api_keys.revoke(key_id, of_account(account_id))


def _key_of(key: ApiKey) -> wire.Key:
    return wire.Key(
        id=key.id,
        name=key.name,
        scopes=list(key.scopes),
        prefix=key.prefix,
        created_at=_moment(key.created_at),
        last_used_at=None if key.last_used_at is None else _moment(key.last_used_at),
    )


def _moment(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)
