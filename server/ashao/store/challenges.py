"""What a sign-in in progress must prove, in the store: whichever process answers it."""

from typing import TYPE_CHECKING, cast

from ashao.store import keys
from ashao.store.redis import answering

if TYPE_CHECKING:
    from ashao.store.redis import Redis


class Challenges:
    """Kept for minutes, and taken at most once."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def put(self, challenge_id: str, data: str, ttl_s: int) -> None:
        """Keep it for so many seconds."""
        with answering():
            await self._redis.set(keys.challenge(challenge_id), data, ex=ttl_s)

    async def take(self, challenge_id: str) -> str | None:
        """What was kept, at most once."""
        with answering():
            return cast("str | None", await self._redis.getdel(keys.challenge(challenge_id)))
