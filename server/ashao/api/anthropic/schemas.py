"""Anthropic's Messages: what is understood of it, and what is answered; snake_case on the wire.

What is empty was taken out before (`liberal.py`). A field that is not here is refused by its name.
"""

from typing import Annotated, Any, Literal

import msgspec

from ashao.api.anthropic.tools import OwnTool, ToolChoice
from ashao.api.programs import fields
from ashao.api.programs.fields import NoMatter, possible
from ashao.api.programs.tool_fields import MAX_TOOLS, CallId, ToolName
from ashao.jobs.job import ANY_MODEL


class SystemBlock(msgspec.Struct, forbid_unknown_fields=True):
    """A part of what the system says, or of a tool's result."""

    type: Annotated[Literal["text"], possible('only "text" is possible')]
    text: str = ""
    cache_control: NoMatter = None
    citations: NoMatter = None


class InputBlock(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a turn, a call or its result. What a model thought may be sent back, and is not
    read."""

    type: Annotated[
        Literal["text", "thinking", "redacted_thinking", "tool_use", "tool_result"],
        possible('only text, thinking, "tool_use" and "tool_result" are possible'),
    ]
    text: str = ""
    id: CallId = ""
    name: ToolName | None = None
    input: Annotated[dict[str, Any], possible("an object is possible")] = {}
    tool_use_id: CallId = ""
    content: Annotated[
        str | Annotated[list[SystemBlock], msgspec.Meta(max_length=1000)],
        possible("a text or at most 1000 blocks of text are possible"),
    ] = ""
    is_error: bool = False
    caller: NoMatter = None
    thinking: NoMatter = None
    signature: NoMatter = None
    data: NoMatter = None
    cache_control: NoMatter = None
    citations: NoMatter = None


class InputMessage(msgspec.Struct, forbid_unknown_fields=True):
    """One turn."""

    role: Annotated[
        Literal["user", "assistant", "system"],
        possible('only "user", "assistant" and "system" are possible'),
    ]
    content: Annotated[
        str | Annotated[list[InputBlock], msgspec.Meta(max_length=1000)],
        possible("a text or at most 1000 blocks are possible"),
    ] = ""

    @property
    def text(self) -> str:
        """The whole content."""
        return text_of(self.content)


class Thinking(msgspec.Struct, forbid_unknown_fields=True):
    """Whether thoughts are shown, where a model has any; how long it thinks is its own matter."""

    type: Annotated[
        Literal["enabled", "adaptive", "disabled"],
        possible('only "enabled", "adaptive" and "disabled" are possible'),
    ]
    budget_tokens: NoMatter = None


class MessageBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a program asks. Fields behind `tool_choice` may only say what happens anyway."""

    model: fields.ModelName = ANY_MODEL
    messages: Annotated[
        list[InputMessage],
        possible("a list of 1 to 1000 messages is needed", min_length=1, max_length=1000),
    ]
    system: Annotated[
        str | Annotated[list[SystemBlock], msgspec.Meta(max_length=1000)],
        possible("a text or at most 1000 blocks of text are possible"),
    ] = ""
    max_tokens: fields.TokenLimit | None = None
    stop_sequences: Annotated[
        list[fields.Stop],
        possible("up to sixteen texts of at most 500 characters are possible", max_length=16),
    ] = []
    stream: bool = False
    temperature: fields.Temperature | None = None
    top_p: fields.Fraction | None = None
    thinking: Thinking | None = None
    tools: Annotated[
        list[OwnTool], possible("a list of at most 128 tools is possible", max_length=MAX_TOOLS)
    ] = []
    tool_choice: ToolChoice | None = None
    top_k: fields.NoTopK = None
    metadata: NoMatter = None
    service_tier: NoMatter = None
    cache_control: NoMatter = None
    inference_geo: NoMatter = None
    diagnostics: NoMatter = None
    user_profile_id: NoMatter = None
    workspace_id: NoMatter = None
    speed: Annotated[Literal["standard"] | None, possible('only "standard" is possible')] = None

    @property
    def shows_thinking(self) -> bool:
        """Whether thoughts are shown: where nobody said otherwise, they are."""
        return self.thinking is None or self.thinking.type != "disabled"


def text_of(content: str | list[InputBlock] | list[SystemBlock]) -> str:
    """The words of all blocks."""
    return content if isinstance(content, str) else "".join(each.text for each in content)


class TextBlock(msgspec.Struct, tag="text", kw_only=True):
    """Words. Fields that say nothing are left out: some clients take no null."""

    text: str


class ThinkingBlock(msgspec.Struct, tag="thinking", kw_only=True):
    """Thoughts. Nobody signs them."""

    thinking: str
    signature: str = ""


class ToolUseBlock(msgspec.Struct, tag="tool_use", kw_only=True):
    """A call; its id is the same however often the answer is read."""

    id: str
    name: str
    input: dict[str, Any]


type Block = TextBlock | ThinkingBlock | ToolUseBlock
type StopReason = Literal["end_turn", "tool_use", "max_tokens", "refusal"]


class Usage(msgspec.Struct):
    """Tokens. `input_tokens` is an estimate, `output_tokens` what the producers counted, thoughts
    and all."""

    input_tokens: int
    output_tokens: int


class AnswerMessage(msgspec.Struct, kw_only=True):
    """An answer; `model` is the one that wrote it, or its end."""

    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    model: str
    content: list[Block] = []
    stop_reason: StopReason | None = None
    stop_sequence: None = None
    usage: Usage


class TokenCount(msgspec.Struct):
    """How many tokens a request has, by estimate."""

    input_tokens: int


class ErrorObject(msgspec.Struct):
    """What went wrong, in Anthropic's word and a sentence that names the field."""

    type: str
    message: str


class ErrorBody(msgspec.Struct):
    """The body of every error."""

    error: ErrorObject
    type: Literal["error"] = "error"
