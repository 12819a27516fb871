"""The store as an operator's command opens it; an embedded one is shared with a running server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ashao.settings import Settings
from ashao.store.embedded import store_url
from ashao.store.redis import Redis, connect


@asynccontextmanager
async def operators_store(settings: Settings) -> AsyncGenerator[Redis]:
    """A client of the store that the settings name, closed afterwards."""
    async with store_url(settings) as url:
        redis = connect(url)
        try:
            yield redis
        finally:
            await redis.aclose()
