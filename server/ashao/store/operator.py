"""The store as an operator's command opens it; an embedded one is shared with a running server."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from ashao.settings import Settings
from ashao.store.embedded import EmbeddedStore
from ashao.store.redis import Redis, connect


@asynccontextmanager
async def operators_store(settings: Settings) -> AsyncGenerator[Redis]:
    """A client of the store that the settings name, closed afterwards."""
    async with AsyncExitStack() as stack:
        url = settings.redis_url
        if not url:
            url = (await stack.enter_async_context(EmbeddedStore(settings.data_dir))).url
        redis = connect(url)
        stack.push_async_callback(redis.aclose)
        yield redis
