"""The OpenAI chat protocol on loopback: `/v1/chat/completions` as server-sent events."""

import json
from typing import Any

from tests.support.scripted_http import End, Reply, ScriptedHttp

DONE = "data: [DONE]\n\n"


class FakeOpenAI(ScriptedHttp):
    """Plays scripted replies in OpenAI's words."""

    def says(
        self, *pieces: str, finish: str = "stop", end: End = "close", tells_usage: bool = True
    ) -> None:
        """Script an answer; an empty `finish` leaves out everything after the pieces."""
        parts = [chunk({"content": text}) for text in pieces]
        if finish:
            parts.append(chunk({}, finish))
            parts.extend([usage(7, len(pieces))] if tells_usage else [])
            parts.append(DONE)
        self.script.append(Reply(parts, end=end))

    def sends(self, *parts: str, end: End = "close") -> None:
        """Script raw bytes of the stream."""
        self.script.append(Reply(parts, end=end))

    def fails(
        self,
        status: int,
        *,
        words: str = "no",
        code: str = "",
        retry_after: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Script an error reply."""
        error = {"message": words, "type": "x", "code": code, "metadata": metadata}
        headers = {"content-type": "application/json"}
        if retry_after:
            headers["retry-after"] = retry_after
        self.script.append(Reply([json.dumps({"error": error})], status, headers))


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    """One event of the stream."""
    return _event([{"index": 0, "delta": delta, "finish_reason": finish}])


def usage(prompt: int, completion: int, reasoning: int = 0) -> str:
    """What it took, as an event."""
    tokens = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    return _event([], usage=tokens)


def _event(choices: list[dict[str, Any]], **more: Any) -> str:
    body = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        **more,
    }
    return f"data: {json.dumps(body)}\n\n"
