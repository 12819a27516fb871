"""API keys: a secret for a program, its digest in the store with what it may do.

The secret is shown once. A key's jobs belong to the owner "key:<id>", for as long as it exists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ashao.errors import Forbidden, NotFound, NotSignedIn
from ashao.store import keys
from ashao.store.redis import answering
from ashao.store.secrets import digest, is_same, new_id, new_token

if TYPE_CHECKING:
    from ashao.store.redis import Redis

PREFIX = "ashao-"
SCOPES = ("chat", "models")
"""What a key may be allowed: to ask for answers, and to list the models."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. `created_at` is in epoch milliseconds."""

    id: str
    name: str
    scopes: tuple[str, ...]
    per_minute: int
    created_at: int

    @property
    def owner_id(self) -> str:
        """Whose its jobs are."""
        return f"key:{self.id}"

    def must_allow(self, scope: str) -> None:
        """Raises Forbidden when the key was not created for this."""
        if scope not in self.scopes:
            raise Forbidden(f"This key has no scope {scope}.")


class ApiKeys:
    """All keys of this network."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def create(self, name: str, scopes: Sequence[str], per_minute: int) -> tuple[ApiKey, str]:
        """A new key and its secret, which is kept nowhere. Raises ValueError for another scope."""
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown:
            raise ValueError(f"There is no scope {unknown[0]!r}, only {', '.join(SCOPES)}.")
        with answering():
            seconds, micros = await self._redis.time()
        created_at = int(seconds) * 1000 + int(micros) // 1000
        key = ApiKey(new_id(), name, tuple(dict.fromkeys(scopes)), per_minute, created_at)
        secret = new_token()
        record: dict[Any, Any] = {
            "digest": digest(secret),
            "name": key.name,
            "scopes": ",".join(key.scopes),
            "perMinute": key.per_minute,
            "createdAt": key.created_at,
        }
        with answering():
            await self._redis.hset(keys.api_key(key.id), mapping=record)
            await self._redis.sadd(keys.API_KEYS, key.id)
        return key, f"{PREFIX}{key.id}.{secret}"

    async def authenticate(self, given: str) -> ApiKey:
        """The key that a secret belongs to; raises NotSignedIn."""
        key_id, _, secret = given.removeprefix(PREFIX).partition(".")
        is_well_formed = given.startswith(PREFIX) and len(key_id) == 32 and key_id.isalnum()
        record = await self._record(key_id) if is_well_formed else {}
        if not record or not is_same(digest(secret), record["digest"]):
            raise NotSignedIn("This API key is not known. Send one as: Authorization: Bearer <key>")
        return _key(key_id, record)

    async def list(self) -> list[ApiKey]:
        """Every key, the oldest first."""
        with answering():
            ids = cast("set[str]", await self._redis.smembers(keys.API_KEYS))
        records = [(key_id, await self._record(key_id)) for key_id in ids]
        found = [_key(key_id, record) for key_id, record in records if record]
        return sorted(found, key=lambda key: key.created_at)

    async def revoke(self, key_id: str) -> None:
        """Forget a key at once; raises NotFound."""
        with answering():
            found = await self._redis.delete(keys.api_key(key_id))
            await self._redis.srem(keys.API_KEYS, key_id)
        if not found:
            raise NotFound(f"There is no key {key_id}.")

    async def _record(self, key_id: str) -> dict[str, str]:
        with answering():
            return cast("dict[str, str]", await self._redis.hgetall(keys.api_key(key_id)))


def _key(key_id: str, record: dict[str, str]) -> ApiKey:
    return ApiKey(
        key_id,
        record["name"],
        tuple(record["scopes"].split(",")),
        int(record["perMinute"]),
        int(record["createdAt"]),
    )
