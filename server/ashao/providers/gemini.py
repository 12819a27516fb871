"""Gemini, through Google's SDK, as a stream.

It is asked in words to continue a prefix: not every Gemini model takes its own beginning back.
Tools are asked for in its own form, or in words where it refuses that.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import ContextVar
from typing import Any

import httpx
from google import genai
from google.genai import errors, types
from msgspec.structs import replace

from ashao.clock import Clock
from ashao.messages import Message, Params, prefix_of
from ashao.providers.answer import Answer, AnswerEnd, Piece, Thought, Usage
from ashao.providers.continuation import with_continue_instruction
from ashao.providers.failures import Failure, ProviderError, failure_of_status, retry_after_s
from ashao.providers.gemini_tools import calls_in, config_of, contents_of
from ashao.providers.quiet_loggers import quiet_loggers
from ashao.providers.retries import RetryPolicy
from ashao_text.characters import encodable
from ashao_text.overlap import OverlapRemover
from ashao_text.tools.history import Said
from ashao_text.tools.native import conversation_of
from ashao_text.tools.writer import CallWriter

quiet_loggers("google_genai", "httpx", "httpcore")

COMPLETE_FINISHES = frozenset({types.FinishReason.STOP, types.FinishReason.MAX_TOKENS})
SAFETY_STOPS = frozenset(
    {
        types.FinishReason.SAFETY,
        types.FinishReason.RECITATION,
        types.FinishReason.BLOCKLIST,
        types.FinishReason.PROHIBITED_CONTENT,
        types.FinishReason.SPII,
        types.FinishReason.LANGUAGE,
    }
)
STOP_LIMIT = 5
"""Gemini takes no more stop strings; the rest are enforced here like all of them."""

_responses: ContextVar[list[httpx.Response]] = ContextVar("ashao_gemini_responses")


class Gemini:
    """One Gemini model. `base_url` is empty for Google's own address."""

    id = "gemini"

    def __init__(
        self,
        api_key: str,
        model: str,
        clock: Clock,
        *,
        base_url: str = "",
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self.model = model
        self._clock = clock
        self._retry_policy = retry_policy or RetryPolicy()
        self._http = httpx.AsyncClient(timeout=None, event_hooks={"response": [_record_response]})
        self._client = genai.Client(
            api_key=api_key,
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=base_url or None, httpx_async_client=self._http
            ),
        )

    def available(self) -> bool:
        """Always: without a key it is not made."""
        return True

    def stream(self, messages: Sequence[Message], params: Params) -> Answer:
        """Begin an answer."""
        prefix = prefix_of(messages)
        spoken = _spoken(with_continue_instruction(messages))
        plain = [Said(each.role, each.content) for each in spoken]
        with_tools = conversation_of(messages, params.tools) if params.tools else None
        return Answer(
            lambda: self._generate(plain, with_tools, params),
            self._failure,
            params,
            prefix,
            retry_policy=self._retry_policy,
            clock=self._clock,
            overlap=OverlapRemover(prefix, is_asked=True),
        )

    async def aclose(self) -> None:
        """Close both clients; the SDK makes a synchronous one too."""
        await self._client.aio.aclose()
        self._client.close()
        await self._http.aclose()

    async def _generate(
        self, plain: Sequence[Said], with_tools: Sequence[Said] | None, params: Params
    ) -> AsyncGenerator[Piece]:
        if with_tools is not None:
            try:
                async with aclosing(self._pieces(with_tools, params)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except errors.ClientError as error:  # it has sent nothing yet
                if error.code != 400:
                    raise
        async with aclosing(self._pieces(plain, replace(params, tools=None))) as pieces:
            async for piece in pieces:
                yield piece

    async def _pieces(self, prompt: Sequence[Said], params: Params) -> AsyncGenerator[Piece]:
        finish: types.FinishReason | None = None
        calls = CallWriter()
        must_call = params.tools is not None and params.tools.required
        async with self._chunks(prompt, params) as chunks:
            async for chunk in chunks:
                if thought := _text(chunk, is_thought=True):
                    yield Thought(thought)
                text = "" if must_call else _text(chunk, is_thought=False)
                for each in calls_in(chunk):
                    text += calls.feed(*each) + calls.end()
                if text:
                    yield text
                if usage := _usage(chunk):
                    yield usage
                finish = _finish(chunk) or finish
        if finish not in COMPLETE_FINISHES:
            raise ProviderError(Failure.BROKEN_STREAM, cause=finish or "NoFinishReason")
        if must_call and not calls.has_begun:
            raise ProviderError(Failure.BROKEN_STREAM, cause="NoCall")
        yield AnswerEnd("length" if finish is types.FinishReason.MAX_TOKENS else "stop")

    @asynccontextmanager
    async def _chunks(
        self, prompt: Sequence[Said], params: Params
    ) -> AsyncGenerator[AsyncIterator[types.GenerateContentResponse]]:
        """The SDK's stream; at the end its connection is closed.

        The SDK's nested generators keep each other alive until a garbage collection, so the
        response itself is remembered and closed here.
        """
        responses: list[httpx.Response] = []
        _responses.set(responses)
        try:
            yield await self._client.aio.models.generate_content_stream(
                model=self.model, contents=contents_of(prompt), config=_config(prompt, params)
            )
        finally:
            for response in responses:
                await response.aclose()

    def _failure(self, error: Exception) -> ProviderError:
        cause = type(error).__name__
        if isinstance(error, errors.APIError):
            code = failure_of_status(error.code) if error.code else Failure.BROKEN_STREAM
            details = _details(error.details)
            if any(each.get("reason") == "API_KEY_INVALID" for each in details):
                code = Failure.MISCONFIGURED
            return ProviderError(code, retry_after_s=self._retry_after_s(error), cause=cause)
        if isinstance(error, httpx.NetworkError | httpx.ProtocolError | httpx.TimeoutException):
            return ProviderError(Failure.UNAVAILABLE, cause=cause)
        return ProviderError(Failure.BROKEN_STREAM, cause=cause)

    def _retry_after_s(self, error: errors.APIError) -> float | None:
        """From the Retry-After header or, failing that, the RetryInfo of the body."""
        if isinstance(error.response, httpx.Response):
            seconds = retry_after_s(error.response.headers, self._clock.now_ms())
            if seconds is not None:
                return seconds
        for each in _details(error.details):
            delay = str(each.get("retryDelay", ""))
            if delay.endswith("s") and delay[:-1].replace(".", "", 1).isdecimal():
                return float(delay[:-1])
        return None


async def _record_response(response: httpx.Response) -> None:
    _responses.get().append(response)


def _spoken(prompt: Sequence[Message]) -> Sequence[Message]:
    """The messages, of which one has to be a turn: where the system alone speaks, its words are."""
    if any(each.role != "system" for each in prompt):
        return prompt
    return [Message("user", each.content) for each in prompt]


def _config(prompt: Sequence[Said], params: Params) -> types.GenerateContentConfig:
    system = [encodable(each.text) for each in prompt if each.role == "system"]
    config = config_of(params.tools) if params.tools else types.GenerateContentConfig()
    sampling = {
        "system_instruction": "\n\n".join(system) or None,
        "temperature": params.temperature,
        "top_p": params.top_p,
        "max_output_tokens": params.max_tokens,
        "stop_sequences": (params.stop or [])[:STOP_LIMIT] or None,
        "seed": None if params.seed is None else params.seed % 2**31,
        "response_mime_type": None if params.json_schema is None else "application/json",
        "response_json_schema": params.json_schema,
    }
    return config.model_copy(update=sampling)


def _text(chunk: types.GenerateContentResponse, *, is_thought: bool) -> str:
    """The chunk's words, or the model's thoughts."""
    content = chunk.candidates[0].content if chunk.candidates else None
    parts = (content.parts if content else None) or []
    return "".join(part.text for part in parts if part.text and bool(part.thought) is is_thought)


def _finish(chunk: types.GenerateContentResponse) -> types.FinishReason | None:
    """Why the model ended, if it did. Raises ProviderError (refused)."""
    if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
        raise ProviderError(Failure.REFUSED, cause="PromptBlocked")
    finish = chunk.candidates[0].finish_reason if chunk.candidates else None
    if finish in SAFETY_STOPS:
        raise ProviderError(Failure.REFUSED, cause=finish or "")
    return finish


def _usage(chunk: types.GenerateContentResponse) -> Usage | None:
    reported = chunk.usage_metadata
    if reported is None:
        return None
    thoughts = reported.thoughts_token_count or 0
    written = (reported.candidates_token_count or 0) + thoughts
    return Usage(reported.prompt_token_count or 0, written, thoughts)


def _details(body: Any) -> list[dict[str, Any]]:
    """The machine-readable part of an error body, whatever its shape."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    details = error.get("details", []) if isinstance(error, dict) else []
    return [each for each in details if isinstance(each, dict)] if details else []
