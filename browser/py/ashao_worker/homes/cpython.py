"""The home on CPython: HTTP by aiohttp, which costs a token a fraction of what others take."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from ashao_text.hosts import is_elsewhere
from ashao_text.lines import lines_of
from ashao_worker.core.environment import CertificateRefused, NetworkError, Response
from ashao_worker.engines.refusals import EngineServerError
from ashao_worker.homes.standard_library import SystemTimer, parse_response

CONNECT_TIMEOUT_S = 5.0
LINE_TIMEOUT_S = 120.0  # a large model on a slow machine may read a long prompt for minutes
KEEP_ALIVE_S = 5.0
MAX_ERROR_CHARACTERS = 2000


class HttpServer:
    """One server; an async context that owns the connections to it."""

    def __init__(self, url: str, timeout: ClientTimeout, bearer: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._headers = _authorization(bearer)
        self._client: ClientSession

    async def __aenter__(self) -> Self:
        self._client = ClientSession(
            connector=TCPConnector(
                ssl=httpx.create_ssl_context(),  # certifi's, or SSL_CERT_FILE's authorities
                keepalive_timeout=KEEP_ALIVE_S,
            ),
            headers=self._headers,
            proxy=_proxy_for(self._url),
            timeout=self._timeout,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()


class CPythonEnvironment(HttpServer, SystemTimer):
    """Requests to one orchestrator."""

    def __init__(self, server: str) -> None:
        super().__init__(server, ClientTimeout(total=None))  # each request has its own

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
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._client.request(
                    method,
                    self._url + path,
                    json=dict(body),
                    headers=_authorization(bearer),
                    allow_redirects=False,
                ) as answer,
            ):
                content = await answer.read()
        except (ClientError, OSError) as error:  # a TimeoutError is an OSError
            raise network_error(error) from error
        return parse_response(answer.status, content, answer.headers)


class HttpLines(HttpServer):
    """An engine's server. `url` ends in /v1."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        timeout = ClientTimeout(
            total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=LINE_TIMEOUT_S
        )
        super().__init__(url, timeout, api_key)

    async def get(self, path: str) -> object:
        """The JSON there, None for none; raises EngineServerError, NetworkError, TimeoutError."""
        try:
            async with self._client.get(self._url + path, allow_redirects=False) as answer:
                content = await answer.read()
        except TimeoutError as error:
            raise TimeoutError("The engine's server is too slow.") from error
        except (ClientError, OSError) as error:
            raise network_error(error) from error
        if answer.status != 200:
            raise _refusal(answer.status, content)
        return parse_response(200, content, answer.headers).json

    async def post(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[str, None]:
        """The answer's lines; raises EngineServerError, NetworkError, TimeoutError."""
        try:
            async with self._client.post(
                self._url + path, json=dict(body), allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise _refusal(answer.status, await answer.read())
                async for line in lines_of(answer.content.iter_any()):
                    yield line
        except TimeoutError as error:
            raise TimeoutError("The engine's server is too slow.") from error
        except (ClientError, OSError) as error:
            raise network_error(error) from error


def _refusal(status: int, content: bytes) -> EngineServerError:
    return EngineServerError(status, content.decode(errors="replace")[:MAX_ERROR_CHARACTERS])


def _authorization(bearer: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer}"} if bearer else {}


def _proxy_for(url: str) -> str | None:
    """The environment's proxy, for what is elsewhere; aiohttp itself does not know ALL_PROXY."""
    parts = urlsplit(url)
    if not is_elsewhere(url) or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def network_error(error: BaseException) -> NetworkError:
    """What kind of trouble a failed request was in."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateRefused(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return NetworkError(type(error).__name__)
