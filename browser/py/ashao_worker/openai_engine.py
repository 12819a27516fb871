"""An engine over any OpenAI-compatible server: Ollama, llama.cpp, vLLM. It opens no sockets."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from ashao_worker.engine import EngineCode, EngineError, Piece
from ashao_worker.environment import NetworkTrouble
from ashao_worker.history import fitted
from ashao_worker.seam import BeganAnew, Seam
from ashao_worker.wire import Message, Params, to_json

# vLLM continues a last assistant message only when asked to; Ollama and llama.cpp do by themselves.
CONTINUE = {"continue_final_message": True, "add_generation_prompt": False}
# A chunk may hold several tokens: asks vLLM and SGLang, and llama.cpp, to say how many so far.
COUNT = {
    "stream_options": {"include_usage": True, "continuous_usage_stats": True},
    "timings_per_token": True,
}
SAMPLING = {
    "temperature": "temperature",
    "topP": "top_p",
    "maxTokens": "max_tokens",
    "stop": "stop",
    "seed": "seed",
}


class RefusedByServer(Exception):
    """The engine's server answered with an error status; the text may be its body."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.text = text


class LineSource(Protocol):
    """Posts JSON and gives the answer's lines as they come. Closing it closes the connection."""

    def post(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[str, None]:
        """Raises RefusedByServer, NetworkTrouble, or TimeoutError when a line is too late."""
        ...


class OpenAIEngine:
    """Streams chat completions of one model."""

    def __init__(self, lines: LineSource, model: str, context_tokens: int | None = None) -> None:
        self.model = model
        self.context_tokens = context_tokens
        self._lines = lines

    async def stream(
        self, messages: Sequence[Message], params: Params
    ) -> AsyncGenerator[Piece, None]:
        """Generate the rest of the answer; raises EngineError."""
        seam = Seam(messages[-1].content if _has_prefix(messages) else "")
        said = 0
        try:
            async with aclosing(self._chunks(messages, params)) as chunks:
                async for chunk in chunks:
                    text = seam.feed(_text(chunk))
                    more = max(_total(chunk) - said, 1 if text else 0)
                    if more > 0:
                        said += more
                        yield Piece(text, more)
            if text := seam.end():
                yield Piece(text, 1)
        except BeganAnew as error:
            raise EngineError(EngineCode.ENGINE_ERROR, str(error)) from error
        except NetworkTrouble as error:
            raise EngineError(EngineCode.ENGINE_ERROR, "The engine does not answer.") from error
        except TimeoutError as error:
            raise EngineError(EngineCode.TIMEOUT) from error

    async def _chunks(
        self, messages: Sequence[Message], params: Params
    ) -> AsyncGenerator[Mapping[str, object], None]:
        kept = fitted(messages, self.context_tokens, params.max_tokens)
        body = _body(self.model, kept, params)
        bodies = [body | COUNT | (CONTINUE if _has_prefix(messages) else {}), body]
        while bodies:
            try:
                lines = self._lines.post("/chat/completions", bodies.pop(0))
                async with aclosing(lines), aclosing(_parsed(lines)) as chunks:
                    async for chunk in chunks:
                        yield chunk
                return
            except RefusedByServer as refused:
                # A strict server does not know the words in CONTINUE and COUNT: say it without.
                if refused.status not in (400, 422) or not bodies:
                    raise EngineError(_code(refused)) from refused


async def _parsed(lines: AsyncIterator[str]) -> AsyncGenerator[Mapping[str, object], None]:
    """The data events of a stream; raises EngineError unless it comes to a proper end."""
    has_ended = False
    async for line in lines:
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        chunk = _object(data)
        if chunk.get("error"):
            raise EngineError(_code(RefusedByServer(500, data)))
        has_ended = has_ended or _choice(chunk).get("finish_reason") is not None
        yield chunk
    if not has_ended:
        raise EngineError(EngineCode.ENGINE_ERROR, "The stream was cut off.")


def _body(model: str, messages: Sequence[Message], params: Params) -> dict[str, object]:
    sampling = {SAMPLING[name]: value for name, value in to_json(params).items()}
    return {
        "model": model,
        "messages": [to_json(message) for message in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        **sampling,
    }


def _has_prefix(messages: Sequence[Message]) -> bool:
    return bool(messages) and messages[-1].role == "assistant"


def _code(refused: RefusedByServer) -> EngineCode:
    """The closed list has few words; a too long context is the one that matters elsewhere."""
    if "context" in refused.text.lower():
        return EngineCode.CONTEXT_TOO_LONG
    if refused.status in (400, 413, 422):
        return EngineCode.BAD_REQUEST
    return EngineCode.TIMEOUT if refused.status in (408, 504) else EngineCode.ENGINE_ERROR


def _object(data: str) -> Mapping[str, object]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise EngineError(EngineCode.ENGINE_ERROR, "The stream is not JSON.") from error
    if not isinstance(found, dict):
        raise EngineError(EngineCode.ENGINE_ERROR, "The stream is not of objects.")
    return found


def _choice(chunk: Mapping[str, object]) -> Mapping[str, object]:
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _text(chunk: Mapping[str, object]) -> str:
    delta = _choice(chunk).get("delta")
    content = delta.get("content") if isinstance(delta, dict) else None
    return content if isinstance(content, str) else ""


def _total(chunk: Mapping[str, object]) -> int:
    """The server's own count of the answer so far: in the last chunk, or in each."""
    for place, name in (("usage", "completion_tokens"), ("timings", "predicted_n")):
        found = chunk.get(place)
        tokens = found.get(name) if isinstance(found, dict) else None
        if isinstance(tokens, int):
            return tokens
    return 0
