"""A server that speaks the OpenAI protocol and recites, one piece a chunk."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from tests.worker_native.local_server import Reply, Request, json_reply


class RecitingServer:
    """Continues a last assistant message, as Ollama and llama.cpp do."""

    def __init__(self, answer: str, *, piece_characters: int = 4, piece_ms: float = 2) -> None:
        self.answer = answer
        self.piece_characters = piece_characters
        self.piece_ms = piece_ms
        self.status = 200
        self.open_streams = 0
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, request: Request) -> Reply:
        assert (request.method, request.path) == ("POST", "/v1/chat/completions")
        self.requests.append(request.body)
        if self.status != 200:
            return json_reply({"error": {"message": "Not now."}}, self.status)
        return Reply(headers={"Content-Type": "text/event-stream"}, lines=self._lines(request.body))

    async def _lines(self, body: dict[str, Any]) -> AsyncIterator[str]:
        self.open_streams += 1
        try:
            last = body["messages"][-1]
            prefix = last["content"] if last["role"] == "assistant" else ""
            rest, size = self.answer[len(prefix) :], self.piece_characters
            texts = [rest[at : at + size] for at in range(0, len(rest), size)]
            texts = texts[: body.get("max_tokens")]
            for text in texts:
                await asyncio.sleep(self.piece_ms / 1000)
                yield _event({"choices": [{"delta": {"content": text}, "finish_reason": None}]})
            yield _event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
            yield _event({"choices": [], "usage": {"completion_tokens": len(texts)}})
            yield "data: [DONE]\n"
        finally:
            self.open_streams -= 1


def _event(data: object) -> str:
    return f"data: {json.dumps(data)}\n"
