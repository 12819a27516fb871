"""The whole server in the test's own process, for what can only be seen from within."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from ashao.drain import Drain
from ashao.settings import Settings


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a browser, at a server with these settings that has started."""
    with warnings.catch_warnings():  # Litestar's, of names that it will have one day
        warnings.simplefilter("ignore", DeprecationWarning)
        from ashao.app import create_app

        app: Any = create_app(settings, Drain())
    async with _started(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


@asynccontextmanager
async def _started(app: Any) -> AsyncIterator[None]:
    said, heard = asyncio.Queue[Any](), asyncio.Queue[Any]()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    living = asyncio.create_task(app(scope, said.get, heard.put))
    await said.put({"type": "lifespan.startup"})
    reply = await heard.get()
    assert reply["type"] == "lifespan.startup.complete", reply
    try:
        yield
    finally:
        await said.put({"type": "lifespan.shutdown"})
        await living
