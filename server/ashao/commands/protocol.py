"""Uvicorn's HTTP protocol for strangers: heads have a size, and nothing may take for ever.

Of a message the parser keeps what it cannot hand on yet, a half header, without a limit of its
own; and nobody but us looks at the clock.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
)
from uvicorn.server import ServerState

from ashao.api.http.headers import HEADERS
from ashao.api.http.ready_answer import EXTENSION
from ashao.commands.connections import Connections

# After the drain only streams that refuse to end are left.
LAST_GRACE_S = 2
RETRY_AFTER_S = 5
LINGER_S = 1.0
SENTENCES = {
    400: "This is not a request of HTTP that can be understood.",
    408: "The request took too long to arrive.",
    429: "Too many connections from this address. Please close some.",
    431: "The headers of the request are too large.",
    503: "This server has too many connections now. Please try again.",
}
OVER_LIMIT = {"address": 429, "all": 503}


def configuration(app: Any, connections: Connections) -> uvicorn.Config:
    """How uvicorn serves an ASGI app to strangers."""
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=cast("type[BoundedProtocol]", partial(BoundedProtocol, connections=connections)),
        ws="none",
        timeout_keep_alive=connections.patience.idle_s,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=LAST_GRACE_S,
        lifespan="on",
    )


class HeadTooLarge(Exception):
    """Ends the parsing of a message from inside its callbacks."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. At any time at most one deadline is set for what it sends.

    It is set once all that arrived is read: most requests arrive as a whole and need none.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._among = connections
        self._patience = connections.patience
        self._host = ""
        self._deadline: asyncio.TimerHandle | None = None
        self._is_in_body = False
        self._is_refused = False
        self._held_bytes = 0  # received since the parser last handed something on

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, and wait for its first head; over a limit say so and close."""
        super().connection_made(cast("asyncio.Transport", transport))
        _give_up_on_who_does_not_read(transport, self._patience.unread_s)
        self._host = self.client[0] if self.client else ""
        over = self._among.add(self._host)
        if over is None:
            self._expect(self._patience.head_s, self._on_late_head)
        else:
            self._refuse(OVER_LIMIT[over], over)

    def connection_lost(self, exc: Exception | None) -> None:
        """No timer outlives it."""
        self._among.remove(self._host)
        self._expect_nothing()
        if isinstance(exc, TimeoutError):
            self._among.rare_log.count("unread")
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser as long as it does not keep too much."""
        if self._is_refused or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._held_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # nothing here speaks another protocol: it is answered as a plain request
        except httptools.HttpParserError as error:
            is_large = isinstance(error.__context__, HeadTooLarge)
            self._refuse(*(431, "head") if is_large else (400, "malformed"))
        else:
            if self._held_bytes > self._patience.head_bytes:
                self._refuse(431, "head")
            elif self._deadline is None:
                self._expect_the_rest()

    def on_headers_complete(self) -> None:
        """The body has a deadline of its own."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._patience.head_bytes:
            raise HeadTooLarge
        self._held_bytes = 0
        self._is_in_body = True
        self._expect_nothing()
        super().on_headers_complete()
        if self.scope["method"] == "POST":  # whoever reads a stream pays for what it never uses
            self.scope["extensions"] = {EXTENSION: {"send": self._send_ready}}

    def on_body(self, body: bytes) -> None:
        """Something arrived."""
        self._held_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing more is owed."""
        self._held_bytes = 0
        self._is_in_body = False
        self._expect_nothing()
        super().on_message_complete()

    def _send_ready(self, answer: bytes) -> bool:
        """What uvicorn's `send` does for a whole answer (api/http/ready_answer.py)."""
        cycle = self.cycle  # the one that is answered, unless more requests wait behind it
        if self.pipeline or self.flow.write_paused or cycle.disconnected or not cycle.keep_alive:
            return False
        lines = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        self.transport.write(b"".join([STATUS_LINE[HTTPStatus.OK], *lines, answer]))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True

    def _expect_the_rest(self) -> None:
        if self._is_in_body:
            self._expect(self._patience.body_s, self._on_late_body)
        elif self.cycle is None or self.cycle.response_complete:
            self._expect(self._patience.head_s, self._on_late_head)

    def _expect(self, within_s: float, otherwise: Callable[[], None]) -> None:
        self._expect_nothing()
        self._deadline = self.loop.call_later(within_s, otherwise)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_late_head(self) -> None:
        if self._held_bytes:
            self._refuse(408, "slow head")
        else:  # browsers connect in advance
            self._among.rare_log.count("silent")
            self.transport.close()

    def _on_late_body(self) -> None:
        self._refuse(408, "slow body")

    def _refuse(self, status: int, kind: str) -> None:
        """Answer, unless an answer has begun, and hang up."""
        self._among.rare_log.count(kind)
        self._is_refused = True
        is_answering = self.cycle is not None and not self.cycle.response_complete
        is_in_question = is_answering or self._is_in_body
        if is_answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if is_in_question and self.cycle.response_started:
            self.transport.close()
            return
        self.transport.write(_refusal(status))
        if kind in OVER_LIMIT:
            self.transport.close()
            return
        # To close on what is still arriving would be a reset, which takes the answer with it.
        self.transport.write_eof()
        self.flow.resume_reading()
        self._expect(LINGER_S, self.transport.close)


def _give_up_on_who_does_not_read(transport: asyncio.BaseTransport, after_s: float) -> None:
    """The kernel ends a connection when nothing that we wrote went on for so long."""
    connected = transport.get_extra_info("socket")
    if connected is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(after_s * 1000))


def _refusal(status: int) -> bytes:
    body = json.dumps({"error": SENTENCES[status]}).encode()
    headers = HEADERS | {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    if status in OVER_LIMIT.values():
        headers["Retry-After"] = str(RETRY_AFTER_S)
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *(f"{name}: {text}" for name, text in headers.items()),
        "\r\n",
    ]
    return "\r\n".join(lines).encode() + body
