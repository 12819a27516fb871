"""API keys for tests, made as the command makes them."""

from collections.abc import Sequence

from ashao.identity.api_keys import SCOPES, ApiKeys
from ashao.store.redis import connect


async def created_key(
    redis_url: str, scopes: Sequence[str] = SCOPES, per_minute: int = 100_000
) -> str:
    """The secret of a new key."""
    redis = connect(redis_url, blocking=True)  # a busy disk is waited for
    try:
        _, secret = await ApiKeys(redis).create("a test", scopes, per_minute)
    finally:
        await redis.aclose()
    return secret
