"""The home on CPython: HTTP by httpx, time by the machine."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Self

import httpx

from ashao_worker.environment import NetworkTrouble, Response
from ashao_worker.openai_engine import RefusedByServer

CONNECT_TIMEOUT_S = 5.0
LINE_TIMEOUT_S = 120.0  # a large model on a slow machine may read a long prompt for minutes
MOST_ERROR_CHARACTERS = 2000


class CPythonEnvironment:
    """Requests to one orchestrator; an async context that owns its connections."""

    def __init__(self, server: str) -> None:
        self._client = httpx.AsyncClient(base_url=server.rstrip("/"), trust_env=False)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        *,
        bearer: str | None,
        timeout_s: float,
    ) -> Response:
        """Send JSON; raises NetworkTrouble."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._client.request(
                    method, path, json=dict(body), headers=headers, timeout=timeout_s
                )
        except (httpx.HTTPError, TimeoutError) as error:
            raise NetworkTrouble(type(error).__name__) from error
        return Response(answer.status_code, _json(answer), _retry_after_s(answer))

    async def sleep(self, seconds: float) -> None:
        """Pause the calling task."""
        await asyncio.sleep(seconds)

    def now_ms(self) -> float:
        """Milliseconds of the machine's monotonic clock."""
        return time.monotonic() * 1000

    def jitter(self) -> float:
        """A random number from 0 up to 1."""
        return random.random()


class HttpLines:
    """An engine's server; an async context that owns its connections. `url` ends in /v1."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        timeout = httpx.Timeout(LINE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), headers=headers, timeout=timeout, trust_env=False
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def post(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[str, None]:
        """The answer's lines; raises RefusedByServer, NetworkTrouble, TimeoutError."""
        try:
            async with self._client.stream("POST", path, json=dict(body)) as answer:
                if answer.status_code != 200:
                    text = (await answer.aread()).decode(errors="replace")
                    raise RefusedByServer(answer.status_code, text[:MOST_ERROR_CHARACTERS])
                async for line in answer.aiter_lines():
                    yield line
        except httpx.TimeoutException as error:
            raise TimeoutError("The engine's server is too slow.") from error
        except httpx.HTTPError as error:
            raise NetworkTrouble(type(error).__name__) from error


def _json(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def _retry_after_s(answer: httpx.Response) -> float | None:
    """Whole seconds only; a date is as good as no wish."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
