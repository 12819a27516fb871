"""Any endpoint that speaks the OpenAI chat format: vLLM, Ollama, llama.cpp, OpenRouter, OpenAI.

Dialects differ in small ways. An endpoint that refuses `stream_options` or wants
`max_completion_tokens` says so with a 400; it is asked again without, and that is remembered.
How a prefix is continued is set by `Prefill`.
"""

from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum
from typing import Any

from openai import APIConnectionError, APIError, APIStatusError, AsyncOpenAI, BadRequestError
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

from ashao.clock import Clock
from ashao.messages import Message, Params, prefix_of
from ashao.providers.answer import Answer, AnswerEnd, Piece, Thought, Usage
from ashao.providers.continuation import with_continue_instruction
from ashao.providers.failures import Failure, ProviderError, failure_of_status, retry_after_s
from ashao.providers.quiet_loggers import quiet_loggers
from ashao.providers.retries import RetryPolicy
from ashao_text.characters import encodable
from ashao_text.overlap import OverlapRemover

quiet_loggers("openai", "httpx2", "httpcore2")

COMPLETE_FINISHES = frozenset({"stop", "length"})
CONTENT_CODES = frozenset({"content_filter", "content_policy_violation"})
STOP_LIMIT = 4
"""OpenAI's own limit; the rest are enforced here like all of them."""


class Prefill(StrEnum):
    """How an endpoint goes on with an answer that has begun."""

    INSTRUCT = "instruct"  # asked in words; works everywhere
    LAST_MESSAGE = "last-message"  # a final assistant message is continued: llama.cpp, Ollama
    VLLM = "vllm"  # the same, with vLLM's two switches


class OpenAICompatible:
    """One model behind one address; `api_key` may be empty for a local server."""

    id = "openai"

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        clock: Clock,
        *,
        prefill: Prefill = Prefill.INSTRUCT,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self.model = model
        self._clock = clock
        self._prefill = prefill
        self._retry_policy = retry_policy or RetryPolicy()
        self._dialect = {"usage": True, "max_tokens": "max_tokens"}
        self._client = AsyncOpenAI(
            base_url=base_url, api_key=api_key or "none", max_retries=0, timeout=None
        )

    def available(self) -> bool:
        """Always: without an address it is not made."""
        return True

    def stream(self, messages: Sequence[Message], params: Params) -> Answer:
        """Begin an answer."""
        prefix = prefix_of(messages)
        is_asked = self._prefill is Prefill.INSTRUCT
        prompt = with_continue_instruction(messages) if is_asked else list(messages)
        return Answer(
            lambda: self._generate(prompt, params, continues=bool(prefix)),
            self._failure,
            params,
            prefix,
            retry_policy=self._retry_policy,
            clock=self._clock,
            overlap=OverlapRemover(prefix, is_asked=True) if is_asked else None,
        )

    async def aclose(self) -> None:
        """Close its connections."""
        await self._client.close()

    async def _generate(
        self, prompt: Sequence[Message], params: Params, *, continues: bool
    ) -> AsyncGenerator[Piece]:
        finish: str | None = None
        async with await self._begin(prompt, params, continues=continues) as chunks:
            async for chunk in chunks:
                if thought := _thought(chunk):
                    yield Thought(thought)
                if text := _text(chunk):
                    yield text
                if chunk.usage:
                    yield _usage(chunk.usage)
                finish = _finish(chunk) or finish
        if finish not in COMPLETE_FINISHES:
            raise ProviderError(Failure.BROKEN_STREAM, cause=finish or "NoFinishReason")
        yield AnswerEnd("length" if finish == "length" else "stop")

    async def _begin(self, prompt: Sequence[Message], params: Params, *, continues: bool) -> Any:
        """The SDK's stream, in the dialect that the endpoint takes."""
        while True:
            try:
                return await self._client.chat.completions.create(
                    **self._request(prompt, params, continues=continues)
                )
            except BadRequestError as error:
                if not self._adapt_dialect(str(error.body)):
                    raise

    def _adapt_dialect(self, complaint: str) -> bool:
        """Whether the complaint is one of dialect that was not known yet."""
        if "max_completion_tokens" in complaint and self._dialect["max_tokens"] == "max_tokens":
            self._dialect["max_tokens"] = "max_completion_tokens"
            return True
        if "stream_options" in complaint and self._dialect["usage"]:
            self._dialect["usage"] = False
            return True
        return False

    def _request(
        self, prompt: Sequence[Message], params: Params, *, continues: bool
    ) -> dict[str, Any]:
        wanted = {
            "temperature": params.temperature,
            "top_p": params.top_p,
            str(self._dialect["max_tokens"]): params.max_tokens,
            "stop": (params.stop or [])[:STOP_LIMIT] or None,
            "seed": params.seed,
            "stream_options": {"include_usage": True} if self._dialect["usage"] else None,
        }
        if continues and self._prefill is Prefill.VLLM:
            wanted["extra_body"] = {"continue_final_message": True, "add_generation_prompt": False}
        return {
            "model": self.model,
            "messages": [
                {"role": each.role, "content": encodable(each.content)} for each in prompt
            ],
            "stream": True,
            **{name: value for name, value in wanted.items() if value is not None},
        }

    def _failure(self, error: Exception) -> ProviderError:
        cause = type(error).__name__
        if isinstance(error, APIConnectionError):
            return ProviderError(Failure.UNAVAILABLE, cause=cause)
        if isinstance(error, APIError) and _is_about_content(error):
            return ProviderError(Failure.REFUSED, cause=cause)
        if isinstance(error, APIStatusError):
            seconds = retry_after_s(error.response.headers, self._clock.now_ms())
            code = failure_of_status(error.status_code)
            return ProviderError(code, retry_after_s=seconds, cause=cause)
        if isinstance(error, APIError) and (error.code or "").isdecimal():
            return ProviderError(failure_of_status(int(error.code or 0)), cause=cause)
        return ProviderError(Failure.BROKEN_STREAM, cause=cause)


def _thought(chunk: ChatCompletionChunk) -> str:
    """What the model thinks, in a field that OpenAI's own format lacks."""
    more = (chunk.choices[0].delta.model_extra if chunk.choices else None) or {}
    found = more.get("reasoning_content") or more.get("reasoning")
    return found if isinstance(found, str) else ""


def _text(chunk: ChatCompletionChunk) -> str:
    """The chunk's words. Raises ProviderError (refused)."""
    delta = chunk.choices[0].delta if chunk.choices else None
    if delta and delta.refusal:
        raise ProviderError(Failure.REFUSED, cause="Refusal")
    return (delta.content if delta else None) or ""


def _finish(chunk: ChatCompletionChunk) -> str | None:
    """Why the model ended, if it did. Raises ProviderError (refused)."""
    finish = chunk.choices[0].finish_reason if chunk.choices else None
    if finish == "content_filter":
        raise ProviderError(Failure.REFUSED, cause=finish)
    return finish


def _usage(reported: CompletionUsage) -> Usage:
    details = reported.completion_tokens_details
    thoughts = (details.reasoning_tokens if details else None) or 0
    return Usage(reported.prompt_tokens, reported.completion_tokens, thoughts)


def _is_about_content(error: APIError) -> bool:
    """Whether a filter refused the prompt; OpenRouter tells it by what its moderation found."""
    if error.code in CONTENT_CODES:
        return True
    metadata = error.body.get("metadata") if isinstance(error.body, dict) else None
    return isinstance(metadata, dict) and "reasons" in metadata
