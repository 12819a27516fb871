"""A server that speaks the OpenAI protocol and recites, one piece a chunk."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from tests.worker_native.local_server import Reply, Request, json_reply

PROBE = [{"role": "user", "content": "Hi"}]  # what a worker asks before it is ready


class RecitingServer:
    """Continues a last assistant message, as Ollama and llama.cpp do, and has llama.cpp's props."""

    def __init__(
        self, answer: str, *, piece_characters: int = 4, piece_ms: float = 2, slots: int = 1
    ) -> None:
        self.answer = answer
        self.piece_characters = piece_characters
        self.piece_ms = piece_ms
        self.slots = slots
        self.status = 200
        self.thoughts = ""
        self.thinks_in = "reasoning_content"
        self.models = ["tiny"]
        self.open_streams = 0
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, request: Request) -> Reply:
        if (request.method, request.path) == ("GET", "/v1/models"):
            return json_reply({"data": [{"id": each} for each in self.models]})
        if (request.method, request.path) == ("GET", "/props"):
            return json_reply(
                {"default_generation_settings": {"n_ctx": 4096}, "total_slots": self.slots}
            )
        assert (request.method, request.path) == ("POST", "/v1/chat/completions")
        if request.body["messages"] == PROBE and self.status == 200:
            return Reply(lines=self._lines(request.body))
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
            if self.thoughts and body["messages"] != PROBE:
                yield _event({"choices": [{"delta": self._thought(), "finish_reason": None}]})
            for text in texts:
                await asyncio.sleep(self.piece_ms / 1000)
                yield _event({"choices": [{"delta": {"content": text}, "finish_reason": None}]})
            yield _event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
            yield _event({"choices": [], "usage": {"completion_tokens": len(texts)}})
            yield "data: [DONE]\n"
        finally:
            self.open_streams -= 1

    def _thought(self) -> dict[str, str]:
        if self.thinks_in == "content":
            return {"content": f"<think>\n{self.thoughts}\n</think>\n\n"}
        return {self.thinks_in: self.thoughts}


def _event(data: object) -> str:
    return f"data: {json.dumps(data)}\n"
