"""Any endpoint that speaks the OpenAI chat format: vLLM, Ollama, llama.cpp, OpenRouter, OpenAI.

Dialects differ in small ways. An endpoint that refuses `stream_options` or wants
`max_completion_tokens` says so with a 400; it is asked again without, and that is remembered. Any
other field that it refuses is left out for this once; a template that wants turns gets turns. Who
takes no tools is told of them in words, as any model is. How a prefix is continued is set by
`Prefill`.
"""

from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum

from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncOpenAI,
    BadRequestError,
    DefaultAsyncHttpxClient,
    UnprocessableEntityError,
)
from openai.types.chat import ChatCompletionChunk

from ashao.clock import Clock
from ashao.messages import Message, Params, prefix_of
from ashao.providers.answer import Answer, AnswerEnd, Piece, Thought
from ashao.providers.continuation import with_continue_instruction
from ashao.providers.failures import Failure, ProviderError, failure_of_status, retry_after_s
from ashao.providers.openai_stream import (
    ChunkStream,
    calls_in,
    finish_in,
    text_of,
    thought_in,
    usage_in,
)
from ashao.providers.openai_tools import Body, Question, plain_question, question_with_tools
from ashao.providers.quiet_loggers import quiet_loggers
from ashao.providers.response_format import response_format_of
from ashao.providers.retries import RetryPolicy
from ashao_text.finish import finish_of
from ashao_text.hosts import is_elsewhere
from ashao_text.overlap import OverlapRemover
from ashao_text.refused_field import refused_field
from ashao_text.too_long import is_too_long
from ashao_text.tools.writer import CallWriter
from ashao_text.turns import alternating, wants_turns

quiet_loggers("openai", "httpx2", "httpcore2")

CONTENT_CODES = frozenset({"content_filter", "content_policy_violation"})
STOP_LIMIT = 4
"""OpenAI's own limit; the rest are enforced here like all of them."""
VLLM_CONTINUES = {"continue_final_message": True, "add_generation_prompt": False}
SAMPLING = frozenset({"temperature", "top_p", "stop", "seed"})


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
            base_url=base_url,
            api_key=api_key or "none",
            max_retries=0,
            timeout=None,
            http_client=DefaultAsyncHttpxClient(trust_env=is_elsewhere(base_url), timeout=None),
        )

    def available(self) -> bool:
        """Always: without an address it is not made."""
        return True

    def stream(self, messages: Sequence[Message], params: Params) -> Answer:
        """Begin an answer."""
        prefix = prefix_of(messages)
        is_asked = self._prefill is Prefill.INSTRUCT
        prompt = with_continue_instruction(messages) if is_asked else list(messages)
        goes_on = prefix and self._prefill is Prefill.VLLM
        plain = plain_question(prompt, VLLM_CONTINUES if goes_on else {})
        with_tools = question_with_tools(messages, params.tools)
        has_seam = is_asked or with_tools is not None
        return Answer(
            lambda: self._generate(plain, with_tools, params),
            self._failure,
            params,
            prefix,
            retry_policy=self._retry_policy,
            clock=self._clock,
            overlap=OverlapRemover(prefix, is_asked=is_asked) if has_seam else None,
        )

    async def aclose(self) -> None:
        """Close its connections."""
        await self._client.close()

    async def _generate(
        self, plain: Question, with_tools: Question | None, params: Params
    ) -> AsyncGenerator[Piece]:
        finish: str | None = None
        calls = CallWriter()
        stream, must_call = await self._begin(plain, with_tools, params)
        async with stream:
            async for chunk in stream.chunks():
                if thought := thought_in(chunk):
                    yield Thought(thought)
                text = "" if must_call else text_of(chunk)
                if text:
                    text = calls.end() + text
                if text := text + "".join(calls.feed(*each) for each in calls_in(chunk)):
                    yield text
                if usage := usage_in(chunk):
                    yield usage
                finish = finish_in(chunk) or finish
        if finish is None and not stream.is_whole:
            raise ProviderError(Failure.BROKEN_STREAM, cause="NoFinishReason")
        if must_call and not calls.has_begun:
            raise ProviderError(Failure.BROKEN_STREAM, cause="NoCall")
        if text := calls.end():
            yield text
        yield AnswerEnd(finish_of(finish))

    async def _begin(
        self, plain: Question, with_tools: Question | None, params: Params
    ) -> tuple[ChunkStream, bool]:
        """The endpoint's stream, asked for in a way that it takes, and whether it must be calls."""
        question = with_tools or plain
        body = self._request(question, params)
        while True:
            try:
                stream = await self._client.post(
                    "/chat/completions",
                    body=body,
                    cast_to=ChatCompletionChunk,
                    stream=True,
                    stream_cls=ChunkStream,
                )
                return stream, question.must_call
            except (BadRequestError, UnprocessableEntityError) as error:
                if _is_about_content(error):
                    raise
                complaint = str(error.body)
                if question is not plain and _is_about_tools(complaint):
                    question = plain
                    body = self._request(question, params)
                elif self._adapt_dialect(complaint):
                    body = self._request(question, params)
                elif (other := self._other_request(body, error)) != body:
                    body = other
                else:
                    raise

    def _other_request(self, body: Body, error: APIError) -> Body:
        """Without the field that the endpoint complains of, or as plain turns; else the same."""
        budget = str(self._dialect["max_tokens"])
        if _is_too_long(error):
            name: str | None = budget
        else:
            name = refused_field(str(error.body), body.keys() & {*SAMPLING, budget})
        if name is not None:
            return {key: value for key, value in body.items() if key != name}
        if not wants_turns(str(error.body)):
            return body
        said = [Message(each["role"], each["content"] or "") for each in body["messages"]]
        return body | {"messages": [each._asdict() for each in alternating(said)]}

    def _adapt_dialect(self, complaint: str) -> bool:
        """Whether the complaint is one of dialect that was not known yet."""
        if "max_completion_tokens" in complaint and self._dialect["max_tokens"] == "max_tokens":
            self._dialect["max_tokens"] = "max_completion_tokens"
            return True
        if "stream_options" in complaint and self._dialect["usage"]:
            self._dialect["usage"] = False
            return True
        return False

    def _request(self, question: Question, params: Params) -> Body:
        wanted: Body = {
            "temperature": params.temperature,
            "top_p": params.top_p,
            str(self._dialect["max_tokens"]): params.max_tokens,
            "stop": (params.stop or [])[:STOP_LIMIT] or None,
            "seed": params.seed,
            "response_format": response_format_of(params.json_schema),
            "stream_options": {"include_usage": True} if self._dialect["usage"] else None,
        }
        return {
            "model": self.model,
            "messages": question.messages,
            "stream": True,
            **question.fields,
            **{name: value for name, value in wanted.items() if value is not None},
        }

    def _failure(self, error: Exception) -> ProviderError:
        cause = type(error).__name__
        if isinstance(error, APIConnectionError):
            return ProviderError(Failure.UNAVAILABLE, cause=cause)
        if isinstance(error, APIError) and _is_about_content(error):
            return ProviderError(Failure.REFUSED, cause=cause)
        if isinstance(error, APIError) and _is_too_long(error):
            return ProviderError(Failure.CONTEXT_TOO_LONG, cause=cause)
        if isinstance(error, APIStatusError):
            seconds = retry_after_s(error.response.headers, self._clock.now_ms())
            code = failure_of_status(error.status_code)
            return ProviderError(code, retry_after_s=seconds, cause=cause)
        if isinstance(error, APIError) and (error.code or "").isdecimal():
            return ProviderError(failure_of_status(int(error.code or 0)), cause=cause)
        return ProviderError(Failure.BROKEN_STREAM, cause=cause)


def _is_about_tools(complaint: str) -> bool:
    """Whether it takes no tools, not these, or no turns of theirs."""
    return "tool" in complaint or "function" in complaint or wants_turns(complaint)


def _is_about_content(error: APIError) -> bool:
    """Whether a filter refused the prompt; OpenRouter tells it by what its moderation found."""
    if error.code in CONTENT_CODES:
        return True
    metadata = error.body.get("metadata") if isinstance(error.body, dict) else None
    return isinstance(metadata, dict) and "reasons" in metadata


def _is_too_long(error: APIError) -> bool:
    return isinstance(error.body, dict) and is_too_long(error.body)
