"""The OpenAI chat format: what is understood of it, and what is answered; snake_case on the wire.

A field that is not here is refused by its name. Fields that exist only to say what happens anyway,
such as `n` of 1, may say just that.
"""

from typing import Annotated, Literal

import msgspec

MAX_CHAT_BODY_BYTES = 2 * 1024 * 1024

Fraction = Annotated[float, msgspec.Meta(gt=0, le=1)]
Temperature = Annotated[float, msgspec.Meta(ge=0, le=2)]
TokenLimit = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Seed = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
StopText = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Stops = Annotated[list[StopText], msgspec.Meta(max_length=4)]
Zero = Annotated[float, msgspec.Meta(ge=0, le=0)]


class TextPart(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a message; text is the only kind."""

    type: Literal["text"]
    text: str


class ChatMessage(msgspec.Struct, forbid_unknown_fields=True):
    """One turn. The fields that can only be null are what clients send back of an answer; what its
    model thought they may send back, too, and it is left out of the prompt."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[TextPart], msgspec.Meta(min_length=1, max_length=1000)]
    refusal: None = None
    annotations: None = None
    audio: None = None
    function_call: None = None
    tool_calls: None = None
    reasoning_content: str | None = None

    @property
    def text(self) -> str:
        """The whole content."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content)


class StreamOptions(msgspec.Struct, forbid_unknown_fields=True):
    """How the stream ends: with a chunk of usage, or without."""

    include_usage: bool | None = None


class ResponseFormat(msgspec.Struct, forbid_unknown_fields=True):
    """Text is the only one."""

    type: Literal["text"]


class ChatCompletionBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a program asks."""

    model: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    messages: Annotated[list[ChatMessage], msgspec.Meta(min_length=1, max_length=1000)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Temperature | None = None
    top_p: Fraction | None = None
    max_tokens: TokenLimit | None = None
    max_completion_tokens: TokenLimit | None = None
    stop: StopText | Stops | None = None
    seed: Seed | None = None
    n: Literal[1] | None = None
    frequency_penalty: Zero | None = None
    presence_penalty: Zero | None = None
    response_format: ResponseFormat | None = None


class CompletionDetails(msgspec.Struct):
    """What of the completion was thinking."""

    reasoning_tokens: int


class Usage(msgspec.Struct):
    """Tokens. `prompt_tokens` is an estimate, `completion_tokens` what the producers counted."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    completion_tokens_details: CompletionDetails | msgspec.UnsetType = msgspec.UNSET


class AnswerMessage(msgspec.Struct):
    """The answer; `reasoning_content`, where its model thought aloud, is no part of it.

    OpenAI has no such field; DeepSeek, vLLM and llama.cpp call it so.
    """

    content: str
    role: Literal["assistant"] = "assistant"
    refusal: None = None
    reasoning_content: str | msgspec.UnsetType = msgspec.UNSET


class Choice(msgspec.Struct):
    """The one answer and why it ended."""

    message: AnswerMessage
    finish_reason: Literal["stop", "length"]
    index: int = 0
    logprobs: None = None


class ChatCompletion(msgspec.Struct, kw_only=True):
    """A whole answer; `model` is the one that wrote it, or its end."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class Model(msgspec.Struct):
    """A name that may be asked for; `owned_by` is "ashao", "workers" or a provider's name."""

    id: str
    owned_by: str
    object: Literal["model"] = "model"
    created: int = 0


class ModelPage(msgspec.Struct):
    """Every name that may be asked for."""

    data: list[Model]
    object: Literal["list"] = "list"


class Fault(msgspec.Struct):
    """What went wrong, in OpenAI's words; `param` names the field."""

    message: str
    type: str
    param: str | None
    code: str | None


class Faulty(msgspec.Struct):
    """The body of every error."""

    error: Fault
