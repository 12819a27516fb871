"""Browser sessions: a secret in a cookie, its digest in the store with the owner it stands for.

Everybody has one from their first message on, so that streams and conversations have an owner
before anybody signs in. Streams need no SQL.
"""

from typing import TYPE_CHECKING, cast

from ashao.identity.owners import OwnerId, new_visitor
from ashao.store import keys
from ashao.store.secrets import digest, new_token

if TYPE_CHECKING:
    from ashao.store.redis import Redis

SESSION_TTL_S = 30 * 24 * 3600


class Sessions:
    """Which owner a session's secret stands for."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def open(self, owner_id: OwnerId | None = None) -> tuple[str, OwnerId]:
        """A new session: its secret and its owner, by default a new anonymous one."""
        token = new_token()
        owner = owner_id or new_visitor()
        await self._redis.set(keys.session(digest(token)), owner, ex=SESSION_TTL_S)
        return token, owner

    async def owner(self, token: str) -> OwnerId | None:
        """The owner behind a secret, or None; using a session keeps it alive."""
        name = keys.session(digest(token))
        owner = await self._redis.getex(name, ex=SESSION_TTL_S)
        return cast("OwnerId | None", owner)

    async def is_open(self, token_digest: str) -> bool:
        """Whether a session still stands, by the digest of its secret."""
        return bool(await self._redis.exists(keys.session(token_digest)))

    async def close(self, token_digest: str) -> None:
        """Forget a session by the digest of its secret."""
        await self._redis.delete(keys.session(token_digest))
