"""An answer that is given again and again, spelled once: pieces of answers have no other.

uvicorn spells and checks each header of each answer; here that is a tenth of a piece's whole cost.
Where a request came through something else than our protocol, it is sent as any other answer.
"""

from collections.abc import Callable, Mapping
from typing import cast

from litestar.status_codes import HTTP_200_OK
from litestar.types import Scope, Send

from ashao.api.http.headers import answer_at_the_door, raw_headers

EXTENSION = "ashao.ready_answer"
"""The protocol's (ASGI, "Extensions"): its `send` is a `SendReady`."""

type SendReady = Callable[[bytes], bool]
"""Sends what follows the server's own headers. False: this request is answered in no such way."""


class ReadyAnswer:
    """A whole answer of status 200."""

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        self._headers = {**headers, "Content-Length": str(len(body))}
        self._body = body
        lines = (b"%b: %b\r\n" % header for header in raw_headers(self._headers))
        self._spelled = b"".join([*lines, b"\r\n", body])

    async def give(self, scope: Scope, send: Send) -> None:
        """Answer a request with it."""
        send_ready = _send_ready(scope)
        if send_ready is None or not send_ready(self._spelled):
            await answer_at_the_door(send, HTTP_200_OK, self._headers, self._body)


def _send_ready(scope: Scope) -> SendReady | None:
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    return None if extension is None else cast("SendReady", extension["send"])
