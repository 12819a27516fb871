"""API keys: a secret for a program, its digest in the store with what it may do.

The secret is shown once. The jobs of a key that an account made are the account's, who pays for
them; those of an operator's key belong to the owner "key:<id>", for as long as it exists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ashao.errors import Conflict, Forbidden, NotFound, NotSignedIn
from ashao.identity.owners import OwnerId, of_key
from ashao.store import keys
from ashao.store.clock import now_ms
from ashao.store.secrets import digest, is_same, new_id, new_token

if TYPE_CHECKING:
    from ashao.store.redis import Redis

PREFIX = "ashao-"
MOST_KEYS = 20
USED_TTL_S = 90 * 24 * 3600
SCOPES = ("chat", "models")
"""What a key may be allowed: to ask for answers, and to list the models."""
DONATE = "donate"
"""What only an account's key may be allowed: to have a worker earn for that account."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. Moments are in epoch milliseconds."""

    id: str
    name: str
    scopes: tuple[str, ...]
    per_minute: int
    created_at: int
    maker_id: OwnerId | None = None
    last_used_at: int | None = None

    @property
    def owner_id(self) -> OwnerId:
        """Whose its jobs are."""
        return self.maker_id or of_key(self.id)

    @property
    def prefix(self) -> str:
        """How its secret begins, for people to know it by."""
        return f"{PREFIX}{self.id[:8]}"

    def require_scope(self, scope: str) -> None:
        """Raises Forbidden when the key was not created for this."""
        if scope not in self.scopes:
            raise Forbidden(f"This key has no scope {scope}.")


class ApiKeys:
    """All keys of this network."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def create(
        self, name: str, scopes: Sequence[str], per_minute: int, maker_id: OwnerId | None = None
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is kept nowhere; `maker_id` is an account's owner id.

        Raises ValueError for another scope, Conflict beyond 20 keys of one maker.
        """
        known = SCOPES if maker_id is None else (*SCOPES, DONATE)
        unknown = sorted(set(scopes) - set(known))
        if unknown:
            raise ValueError(f"There is no scope {unknown[0]!r}, only {', '.join(known)}.")
        scopes = tuple(dict.fromkeys(scopes))
        key = ApiKey(new_id(), name, scopes, per_minute, await now_ms(self._redis), maker_id)
        secret = new_token()
        record: dict[Any, Any] = {
            "digest": digest(secret),
            "name": key.name,
            "scopes": ",".join(key.scopes),
            "perMinute": key.per_minute,
            "createdAt": key.created_at,
            "makerId": maker_id or "",
        }
        if maker_id is not None:
            await self._redis.sadd(keys.api_keys_of(maker_id), key.id)
        await self._redis.hset(keys.api_key(key.id), mapping=record)
        await self._redis.sadd(keys.API_KEYS, key.id)
        if maker_id is not None and len(await self.list_of(maker_id)) > MOST_KEYS:
            # Counted afterwards: of those that come at once none may slip through.
            await self.revoke(key.id)
            raise Conflict(f"An account has at most {MOST_KEYS} keys.")
        return key, f"{PREFIX}{key.id}.{secret}"

    async def authenticate(self, given: str) -> ApiKey:
        """The key that a secret belongs to; raises NotSignedIn."""
        key_id, _, secret = given.removeprefix(PREFIX).partition(".")
        is_well_formed = given.startswith(PREFIX) and len(key_id) == 32 and key_id.isalnum()
        record = await self._record(key_id) if is_well_formed else {}
        if not record or not is_same(digest(secret), record["digest"]):
            raise NotSignedIn("This API key is not known. Send one as: Authorization: Bearer <key>")
        used = keys.api_key_used(key_id)
        await self._redis.set(used, await now_ms(self._redis), ex=USED_TTL_S)
        return _key(key_id, record)

    async def list_all(self) -> Sequence[ApiKey]:
        """Every key, the oldest first."""
        return await self._list(keys.API_KEYS)

    async def list_of(self, maker_id: OwnerId) -> Sequence[ApiKey]:
        """The keys that an account made, the oldest first."""
        return await self._list(keys.api_keys_of(maker_id))

    async def revoke(self, key_id: str, maker_id: OwnerId | None = None) -> None:
        """Forget a key at once; raises NotFound, also for another's when `maker_id` is given."""
        record = await self._record(key_id)
        if not record or maker_id not in (None, record.get("makerId")):
            raise NotFound("There is no such key.")
        await self._redis.delete(keys.api_key(key_id))
        await self._redis.delete(keys.api_key_used(key_id))
        await self._redis.srem(keys.API_KEYS, key_id)
        if maker := record.get("makerId"):
            await self._redis.srem(keys.api_keys_of(maker), key_id)

    async def revoke_all(self, maker_id: OwnerId) -> None:
        """Forget every key that an account made."""
        for key in await self.list_of(maker_id):
            await self.revoke(key.id)

    async def _list(self, index: str) -> Sequence[ApiKey]:
        ids = cast("set[str]", await self._redis.smembers(index))
        used = {each: await self._redis.get(keys.api_key_used(each)) for each in ids}
        records = [(key_id, await self._record(key_id)) for key_id in ids]
        found = [
            _key(key_id, record, cast("str | None", used[key_id]))
            for key_id, record in records
            if record
        ]
        return sorted(found, key=lambda key: key.created_at)

    async def _record(self, key_id: str) -> dict[str, str]:
        return cast("dict[str, str]", await self._redis.hgetall(keys.api_key(key_id)))


def _key(key_id: str, record: dict[str, str], used: str | None = None) -> ApiKey:
    return ApiKey(
        key_id,
        record["name"],
        tuple(record["scopes"].split(",")),
        int(record["perMinute"]),
        int(record["createdAt"]),
        OwnerId(record["makerId"]) if record.get("makerId") else None,
        int(used) if used else None,
    )
