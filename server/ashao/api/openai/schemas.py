"""The OpenAI formats: what several of them have, and the chat format; snake_case on the wire.

What is empty was taken out before (`liberal.py`). A field that is not here is refused by its name.
A description says what a field may be, in the document and to whoever sent something else.
"""

from typing import Annotated, Any, Literal

import msgspec

from ashao.api.openai.tool_schemas import ChosenTool, PastCall, Tool, ToolCall
from ashao.api.programs import fields
from ashao.api.programs.answer import CompletionRequest
from ashao.api.programs.fields import NoMatter, possible
from ashao.api.programs.tool_fields import MAX_CALLS, MAX_TOOLS, CallId
from ashao.api.writers import Writers
from ashao.jobs.event import DoneEvent
from ashao.jobs.job import ANY_MODEL
from ashao.messages import Finish

type FinishReason = Finish | Literal["tool_calls"]


class TextPart(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a message; text is the only kind."""

    type: Annotated[Literal["text"], possible('only "text" is possible')]
    text: str = ""
    cache_control: NoMatter = None


class ChatMessage(msgspec.Struct, forbid_unknown_fields=True):
    """One turn. What clients send back beside an answer's text and calls is not read."""

    role: Annotated[
        Literal["system", "developer", "user", "assistant", "tool"],
        possible('only "system", "developer", "user", "assistant" and "tool" are possible'),
    ]
    content: Annotated[
        str | Annotated[list[TextPart], msgspec.Meta(max_length=1000)],
        possible("a text or at most 1000 parts of type text are possible"),
    ] = ""
    refusal: str = ""
    tool_calls: Annotated[
        list[PastCall], possible("a list of at most 128 calls is possible", max_length=MAX_CALLS)
    ] = []
    tool_call_id: CallId = ""
    name: NoMatter = None
    annotations: NoMatter = None
    cache_control: NoMatter = None
    reasoning: NoMatter = None
    reasoning_content: NoMatter = None
    reasoning_details: NoMatter = None
    thinking_blocks: NoMatter = None
    provider_specific_fields: NoMatter = None

    @property
    def text(self) -> str:
        """The whole content, or the words in which an answer was declined."""
        if isinstance(self.content, str):
            return self.content or self.refusal
        return "".join(part.text for part in self.content)


class StreamOptions(msgspec.Struct, forbid_unknown_fields=True):
    """How the stream ends: with a chunk of usage, or without."""

    include_usage: bool = False
    include_obfuscation: NoMatter = None


class NamedSchema(msgspec.Struct, forbid_unknown_fields=True):
    """A JSON schema. Every answer is held to it, as with OpenAI's `strict`."""

    schema: Annotated[dict[str, Any], possible("a JSON schema is needed")]
    name: NoMatter = None
    description: NoMatter = None
    strict: NoMatter = None


class ResponseFormat(msgspec.Struct, forbid_unknown_fields=True):
    """Text, any JSON object, or JSON by a schema."""

    type: Annotated[
        Literal["text", "json_object", "json_schema"],
        possible('only "text", "json_object" and "json_schema" are possible'),
    ] = "text"
    json_schema: NamedSchema | None = None


class SampledBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How an answer is written and sent. Fields behind `seed` may only say what happens anyway."""

    model: fields.ModelName = ANY_MODEL
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: fields.Temperature | None = None
    top_p: fields.Fraction | None = None
    max_tokens: fields.TokenLimit | None = None
    stop: fields.Stops = None
    seed: fields.Seed | None = None
    n: Annotated[Literal[1] | None, possible("only 1 is possible")] = None
    frequency_penalty: fields.Zero | None = None
    presence_penalty: fields.Zero | None = None
    min_p: fields.Zero | None = None
    top_k: fields.NoTopK = None
    repetition_penalty: fields.One | None = None
    user: NoMatter = None

    @property
    def includes_usage(self) -> bool:
        """Whether a stream ends with what it took."""
        return self.stream_options is not None and self.stream_options.include_usage


class ChatCompletionBody(SampledBody, forbid_unknown_fields=True, kw_only=True):
    """What a program asks. The fields behind the budget may only say what happens anyway."""

    messages: Annotated[
        list[ChatMessage],
        possible("a list of 1 to 1000 messages is needed", min_length=1, max_length=1000),
    ]
    max_completion_tokens: fields.TokenLimit | None = None
    top_logprobs: Annotated[Literal[0] | None, possible("only 0 is possible")] = None
    response_format: ResponseFormat | None = None
    modalities: Annotated[list[Literal["text"]], possible('only ["text"] is possible')] = []
    tools: Annotated[
        list[Tool], possible("a list of at most 128 tools is possible", max_length=MAX_TOOLS)
    ] = []
    tool_choice: Annotated[
        Literal["none", "auto", "required"] | ChosenTool | None,
        possible('only "none", "auto", "required" and a function are possible'),
    ] = None
    parallel_tool_calls: Annotated[bool, possible("only true and false are possible")] = True
    function_call: fields.NoTools | None = None
    prediction: NoMatter = None
    safety_identifier: NoMatter = None
    metadata: NoMatter = None
    store: NoMatter = None
    service_tier: NoMatter = None
    prompt_cache_key: NoMatter = None
    prompt_cache_retention: NoMatter = None


class CompletionDetails(msgspec.Struct):
    """What of the completion was thinking."""

    reasoning_tokens: int


class Usage(msgspec.Struct):
    """Tokens. `prompt_tokens` is an estimate, `completion_tokens` what the producers counted."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    completion_tokens_details: CompletionDetails | msgspec.UnsetType = msgspec.UNSET


def usage_of(request: CompletionRequest, done: DoneEvent) -> Usage:
    """What it took, thoughts and all."""
    written = done.tokens + done.thoughts
    usage = Usage(request.prompt_tokens, written, request.prompt_tokens + written)
    if done.thoughts:
        usage.completion_tokens_details = CompletionDetails(done.thoughts)
    return usage


class AnswerMessage(msgspec.Struct):
    """The answer: words, calls of tools, or both; without words, but with calls, `content` is null.

    `reasoning_content`, where its model thought aloud, is no part of it. OpenAI has no such field;
    DeepSeek, vLLM and llama.cpp call it so.
    """

    content: str | None
    role: Literal["assistant"] = "assistant"
    refusal: None = None
    tool_calls: list[ToolCall] | msgspec.UnsetType = msgspec.UNSET
    reasoning_content: str | msgspec.UnsetType = msgspec.UNSET


class Choice(msgspec.Struct):
    """The one answer and why it ended."""

    message: AnswerMessage
    finish_reason: FinishReason
    index: int = 0
    logprobs: None = None


class ChatCompletion(msgspec.Struct, kw_only=True):
    """A whole answer; `model` is the one that wrote it, or its end, `ashao` tells of all."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    ashao: Writers | msgspec.UnsetType = msgspec.UNSET


class ErrorObject(msgspec.Struct):
    """What went wrong, in OpenAI's words; `param` names the field."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(msgspec.Struct):
    """The body of every error."""

    error: ErrorObject
