"""The home on CPython: HTTP by httpx."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Self

import httpx

from ashao_text.hosts import is_elsewhere
from ashao_text.lines import lines_of
from ashao_worker.core.environment import CertificateRefused, NetworkError, Response
from ashao_worker.engines.refusals import EngineServerError
from ashao_worker.homes.standard_library import SystemTimer, parse_response

CONNECT_TIMEOUT_S = 5.0
LINE_TIMEOUT_S = 120.0  # a large model on a slow machine may read a long prompt for minutes
MAX_ERROR_CHARACTERS = 2000


class CPythonEnvironment(SystemTimer):
    """Requests to one orchestrator; an async context that owns its connections."""

    def __init__(self, server: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=server.rstrip("/"),
            trust_env=is_elsewhere(server),
            verify=httpx.create_ssl_context(),
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

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        *,
        bearer: str | None,
        timeout_s: float,
    ) -> Response:
        """Send JSON; raises NetworkError."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._client.request(
                    method, path, json=dict(body), headers=headers, timeout=timeout_s
                )
        except (httpx.HTTPError, TimeoutError) as error:
            raise network_error(error) from error
        return parse_response(answer.status_code, answer.content, answer.headers)


class HttpLines:
    """An engine's server; an async context that owns its connections. `url` ends in /v1."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        timeout = httpx.Timeout(LINE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            headers=headers,
            timeout=timeout,
            trust_env=is_elsewhere(url),
            verify=httpx.create_ssl_context(),
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

    async def get(self, path: str) -> object:
        """The JSON there, None for none; raises EngineServerError, NetworkError, TimeoutError."""
        try:
            answer = await self._client.get(path)
        except httpx.TimeoutException as error:
            raise TimeoutError("The engine's server is too slow.") from error
        except httpx.HTTPError as error:
            raise network_error(error) from error
        if answer.status_code != 200:
            raise EngineServerError(answer.status_code, answer.text[:MAX_ERROR_CHARACTERS])
        return parse_response(200, answer.content, answer.headers).json

    async def post(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[str, None]:
        """The answer's lines; raises EngineServerError, NetworkError, TimeoutError."""
        try:
            async with self._client.stream("POST", path, json=dict(body)) as answer:
                if answer.status_code != 200:
                    text = (await answer.aread()).decode(errors="replace")
                    raise EngineServerError(answer.status_code, text[:MAX_ERROR_CHARACTERS])
                async for line in lines_of(answer.aiter_bytes()):
                    yield line
        except httpx.TimeoutException as error:
            raise TimeoutError("The engine's server is too slow.") from error
        except httpx.HTTPError as error:
            raise network_error(error) from error


def network_error(error: BaseException) -> NetworkError:
    """What kind of trouble a failed request was in."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateRefused(cause.verify_message)
        cause = cause.__cause__ or cause.__context__
    return NetworkError(type(error).__name__)
