"""Gemini's REST protocol on loopback: `models/<m>:streamGenerateContent?alt=sse`."""

import json
from collections.abc import Sequence
from typing import Any

from tests.support.scripted_http import End, Reply, ScriptedHttp


class FakeGemini(ScriptedHttp):
    """Plays scripted replies in Gemini's words."""

    def says(
        self, *pieces: str, finish: str = "STOP", end: End = "close", tells_usage: bool = True
    ) -> None:
        """Script an answer; an empty `finish` leaves out the last chunk."""
        parts = [chunk(text) for text in pieces]
        if finish:
            parts.append(chunk("", finish, usage=(7, len(pieces)) if tells_usage else None))
        self.script.append(Reply(parts, end=end))

    def sends(self, *parts: str, end: End = "close") -> None:
        """Script raw bytes of the stream."""
        self.script.append(Reply(parts, end=end))

    def fails(
        self,
        status: int,
        *,
        words: str = "no",
        retry_after: str = "",
        details: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Script an error reply."""
        error = {"code": status, "message": words, "status": "X", "details": list(details)}
        headers = {"content-type": "application/json"}
        if retry_after:
            headers["retry-after"] = retry_after
        self.script.append(Reply([json.dumps({"error": error})], status, headers))


def chunk(text: str, finish: str = "", *, usage: tuple[int, int] | None = None) -> str:
    """One event of the stream."""
    candidate: dict[str, Any] = {"index": 0}
    if text:
        candidate["content"] = {"role": "model", "parts": [{"text": text}]}
    if finish:
        candidate["finishReason"] = finish
    body: dict[str, Any] = {"candidates": [candidate]}
    if usage:
        body["usageMetadata"] = {"promptTokenCount": usage[0], "candidatesTokenCount": usage[1]}
    return event(body)


def event(body: dict[str, Any]) -> str:
    """Any JSON as an event."""
    return f"data: {json.dumps(body)}\r\n\r\n"
