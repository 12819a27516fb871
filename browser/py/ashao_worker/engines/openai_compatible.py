"""An engine over any OpenAI-compatible server: Ollama, llama.cpp, vLLM. It opens no sockets."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from ashao_text.finish import BROKEN_OFF, finish_of
from ashao_text.history import fit_window
from ashao_text.overlap import OverlapRemover, StartedOver
from ashao_text.pipeline import TextPipeline
from ashao_text.refused_field import refused_field
from ashao_text.turns import alternating
from ashao_worker.core.engine import EngineCode, EngineError, Piece
from ashao_worker.core.environment import NetworkError
from ashao_worker.core.thinking import thoughts_apart
from ashao_worker.core.wire import Message, Params, prefix_of, to_json
from ashao_worker.engines.chunks import completion_tokens, delta_text, first_choice, text_of
from ashao_worker.engines.refusals import EngineServerError, code_in_stream, code_of

# vLLM continues a last assistant message only when asked to; Ollama and llama.cpp do by themselves.
CONTINUE = {"continue_final_message": True, "add_generation_prompt": False}
# vLLM and llama.cpp hand this to the model's template.
WITHOUT_THINKING = {"chat_template_kwargs": {"enable_thinking": False}}
# A chunk may hold several tokens: asks vLLM and SGLang, and llama.cpp, to say how many so far.
COUNT = {
    "stream_options": {"include_usage": True, "continuous_usage_stats": True},
    "timings_per_token": True,
}
# Where a delta holds thoughts: as vLLM and llama.cpp, and Ollama call them.
THOUGHTS = ("reasoning_content", "reasoning")
NOT_THERE = frozenset({404, 405, 501})  # statuses of a server that can only chat
SAMPLING = {
    "temperature": "temperature",
    "topP": "top_p",
    "maxTokens": "max_tokens",
    "stop": "stop",
    "seed": "seed",
}


type Body = dict[str, object]


class LineSource(Protocol):
    """Posts JSON and gives the answer's lines as they come. Closing it closes the connection."""

    def post(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[str, None]:
        """Raises EngineServerError, NetworkError, or TimeoutError when a line is too late."""
        ...


class OpenAIEngine:
    """Streams chat completions of one model."""

    def __init__(
        self,
        lines: LineSource,
        model: str,
        context_tokens: int | None = None,
        *,
        name: str | None = None,
    ) -> None:
        self.name = name
        self.model = model
        self.context_tokens = context_tokens
        self._lines = lines

    async def stream(
        self, messages: Sequence[Message], params: Params
    ) -> AsyncGenerator[Piece, None]:
        """Generate the rest of the answer; raises EngineError."""
        prefix = prefix_of(messages)
        joining = TextPipeline((), prefix, OverlapRemover(prefix, is_asked=False))
        end = Piece("", 0, finish="stop")
        owed = 0  # tokens of text that is held back
        try:
            async with (
                aclosing(self._chunks(messages, params)) as chunks,
                aclosing(_pieces(chunks)) as raw,
                aclosing(thoughts_apart(raw)) as pieces,
            ):
                async for piece in pieces:
                    if piece.finish is not None:
                        end = piece
                    elif piece.is_thought or not piece.text:
                        yield piece
                    else:
                        owed += piece.tokens
                        if text := joining.feed(piece.text):
                            yield Piece(text, owed)
                            owed = 0
            if text := joining.end():
                yield Piece(text, owed)
            yield end
        except StartedOver as error:
            raise EngineError(EngineCode.ENGINE_ERROR, str(error)) from error
        except NetworkError as error:
            raise EngineError(EngineCode.ENGINE_ERROR, "The engine does not answer.") from error
        except TimeoutError as error:
            raise EngineError(EngineCode.TIMEOUT) from error

    async def _chunks(
        self, messages: Sequence[Message], params: Params
    ) -> AsyncGenerator[Mapping[str, object], None]:
        kept = messages
        if self.context_tokens is not None:
            kept = fit_window(messages, self.context_tokens, params.max_tokens)
        ways = _ways(self.model, kept, params)
        while True:
            body = ways.pop(0)
            path = "/completions" if "prompt" in body else "/chat/completions"
            try:
                lines = self._lines.post(path, body)
                async with aclosing(lines), aclosing(_parse_events(lines)) as chunks:
                    async for chunk in chunks:
                        yield chunk
                return
            except EngineServerError as refused:
                ways = _other_ways(refused, body, ways)
                if not ways:
                    raise EngineError(code_of(refused)) from refused


async def _pieces(chunks: AsyncIterator[Mapping[str, object]]) -> AsyncGenerator[Piece]:
    """Thoughts and text as they come, with the server's own count where it tells, and the end."""
    said, finish = 0, None
    async for chunk in chunks:
        thought = next(filter(None, (delta_text(chunk, each) for each in THOUGHTS)), "")
        text = delta_text(chunk, "content") or text_of(first_choice(chunk))
        more = max(completion_tokens(chunk) - said, 1 if thought or text else 0)
        said += more
        if thought:
            yield Piece(thought, more, is_thought=True)
            more = 0
        if text or more:
            yield Piece(text, more)
        finish = first_choice(chunk).get("finish_reason") or finish
    yield Piece("", 0, finish=finish_of(finish))


async def _parse_events(lines: AsyncIterator[str]) -> AsyncGenerator[Mapping[str, object], None]:
    """The data events of a stream; raises EngineError unless it comes to a proper end."""
    has_ended = False
    async for line in lines:
        if line.startswith("error:"):  # llama.cpp, before September 2025
            raise EngineError(code_in_stream(line[6:]))
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        chunk = _parse_object(data)
        if chunk.get("error"):
            raise EngineError(code_in_stream(data))
        finish = first_choice(chunk).get("finish_reason")
        if finish in BROKEN_OFF:
            raise EngineError(EngineCode.ENGINE_ERROR, "The answer broke off.")
        has_ended = has_ended or bool(finish)
        yield chunk
    if not has_ended:
        raise EngineError(EngineCode.ENGINE_ERROR, "The stream was cut off.")


def _ways(model: str, messages: Sequence[Message], params: Params) -> list[Body]:
    """The same question in several ways, the best one first, the plainest last.

    A strict server does not know the words in CONTINUE and COUNT; llama.cpp continues no answer of
    a model that would think, so then it shall not; a strict template takes turns. A raw text is
    gone on from as it is, unless the server can only chat.
    """
    body = _body(model, messages, params)
    if params.raw:
        text = "".join(each.content for each in messages)
        raw = _without(body, "messages") | {"prompt": text}
        return [raw | COUNT, raw, *_ways(model, messages, replace(params, raw=None))]
    plain = body | {"messages": [each._asdict() for each in alternating(messages)]}
    ways = [body | COUNT | CONTINUE, body, body | WITHOUT_THINKING]
    if not _has_prefix(messages):
        ways = [body | COUNT, body]
    return ways if plain == body else [*ways, plain]


def _other_ways(refused: EngineServerError, body: Body, ways: list[Body]) -> list[Body]:
    """How to ask instead of a body that was refused; nothing when that would not help."""
    code = code_of(refused)
    if "prompt" in body and refused.status in NOT_THERE:
        return [each for each in ways if "prompt" not in each]
    if code is EngineCode.CONTEXT_TOO_LONG and "max_tokens" in body:
        # The prompt and the longest answer were too long together: up to the window, then.
        return [_without(each, "max_tokens") for each in (body, *ways)]
    if code is not EngineCode.BAD_REQUEST:
        return []
    if ways:
        return ways
    name = refused_field(refused.text, body.keys() & SAMPLING.values())
    return [_without(body, name)] if name else []


def _without(body: Body, name: str) -> Body:
    return {key: value for key, value in body.items() if key != name}


def _body(model: str, messages: Sequence[Message], params: Params) -> Body:
    found = to_json(params)
    sampling = {theirs: found[ours] for ours, theirs in SAMPLING.items() if ours in found}
    return {
        "model": model,
        "messages": [to_json(message) for message in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        **sampling,
    }


def _has_prefix(messages: Sequence[Message]) -> bool:
    return bool(messages) and messages[-1].role == "assistant"


def _parse_object(data: str) -> Mapping[str, object]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise EngineError(EngineCode.ENGINE_ERROR, "The stream is not JSON.") from error
    if not isinstance(found, dict):
        raise EngineError(EngineCode.ENGINE_ERROR, "The stream is not of objects.")
    return found
