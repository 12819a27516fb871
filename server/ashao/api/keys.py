"""The API keys that an account makes: what programs do with them is the account's."""

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Controller, Request, delete, get, post
from litestar.params import Parameter

from ashao.api import account_wire as wire
from ashao.api.document import refusals
from ashao.api.guards import same_origin
from ashao.api.parts import Parts
from ashao.api.people import account_of
from ashao.errors import NotSignedIn
from ashao.people.books import of_account
from ashao.store.api_keys import ApiKey

PER_MINUTE = 60

KeyId = Annotated[str, Parameter(pattern="^[0-9a-f]{32}$")]


class KeyController(Controller):
    """One's own keys."""

    path = "/api/keys"
    tags = ["keys"]
    guards = [same_origin]

    @get("/", operation_id="listKeys", responses=refusals(401))
    async def listed(self, account_id: str, parts: Parts) -> wire.KeyList:
        """All of them, without their secrets."""
        found = await parts.api_keys.made_by(of_account(account_id))
        return wire.KeyList(keys=[_shown(each) for each in found])

    @post("/", operation_id="createKey", responses=refusals(401, 403, 404, 409, 413))
    async def create(
        self, request: Request[Any, Any, Any], data: wire.KeyBody, account_id: str, parts: Parts
    ) -> wire.NewKey:
        """A new key; its secret is told this once."""
        key, secret = await parts.api_keys.create(
            data.name, data.scopes, PER_MINUTE, of_account(account_id)
        )
        if await account_of(request, parts) != account_id:  # deleted, banned or signed out
            await parts.api_keys.revoke(key.id)
            raise NotSignedIn("This session was closed.")
        return wire.NewKey(key=_shown(key), secret=secret)

    @delete("/{key_id:str}", operation_id="revokeKey", responses=refusals(401, 403, 404))
    async def revoke(self, key_id: KeyId, account_id: str, parts: Parts) -> None:
        """It works no longer, from this moment."""
        await parts.api_keys.revoke(key_id, of_account(account_id))


def _shown(key: ApiKey) -> wire.Key:
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
