"""What a response is made of: items of thinking, one of text, and calls; snake_case on the wire."""

from typing import Any, Literal

import msgspec

from ashao.api.openai.responses.schemas import ResponseBody, TextFormat
from ashao.api.openai.responses.tools import ChosenTool
from ashao.api.programs.answer import CompletionRequest
from ashao.jobs.event import DoneEvent
from ashao.messages import Finish

type Status = Literal["in_progress", "completed", "incomplete", "failed"]
type FailureCode = Literal["server_error", "invalid_prompt"]
type ItemStatus = Literal["in_progress", "completed", "incomplete"]


class OutputText(msgspec.Struct, tag="output_text", kw_only=True):
    """Words."""

    text: str
    annotations: list[str] = []
    logprobs: list[str] = []


class ReasoningText(msgspec.Struct, tag="reasoning_text", kw_only=True):
    """Thoughts, as they are."""

    text: str


class OutputMessage(msgspec.Struct, tag="message", kw_only=True):
    """What the model says."""

    id: str
    status: ItemStatus
    role: Literal["assistant"] = "assistant"
    content: list[OutputText]


class ReasoningItem(msgspec.Struct, tag="reasoning", kw_only=True):
    """What it thought, which is no part of what it says."""

    id: str
    status: ItemStatus
    summary: list[str] = []
    content: list[ReasoningText]


class FunctionCall(msgspec.Struct, tag="function_call", kw_only=True):
    """A call; `call_id` is the same however often the answer is read."""

    id: str
    status: ItemStatus
    call_id: str
    name: str
    arguments: str


type Item = OutputMessage | ReasoningItem | FunctionCall


class ShownTool(msgspec.Struct, tag="function"):
    """A function that was offered."""

    name: str
    description: str
    parameters: dict[str, Any]
    strict: bool = False


class ShownChoice(msgspec.Struct, tag="function"):
    """The one function that is to be called."""

    name: str


def shown_tools(body: ResponseBody) -> list[ShownTool]:
    """What was offered, as it is told."""
    return [ShownTool(each.name, each.description, each.parameters) for each in body.tools]


def shown_choice(body: ResponseBody) -> Literal["none", "auto", "required"] | ShownChoice:
    """What was wanted of the tools; without any there are none to call."""
    choice = body.tool_choice or "auto"
    if isinstance(choice, ChosenTool):
        return ShownChoice(choice.name)
    return choice if body.tools else "none"


class InputDetails(msgspec.Struct):
    """Nothing is cached for programs."""

    cached_tokens: int = 0
    cache_write_tokens: int = 0


class OutputDetails(msgspec.Struct):
    """What of the output was thinking."""

    reasoning_tokens: int


class ResponseUsage(msgspec.Struct, kw_only=True):
    """Tokens. `input_tokens` is an estimate, `output_tokens` what the producers counted."""

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int


class IncompleteDetails(msgspec.Struct):
    """Why the answer is not whole."""

    reason: Literal["max_output_tokens", "content_filter"]


class ResponseError(msgspec.Struct):
    """Why there is no answer: OpenAI's code, our sentence and, as `type`, our code."""

    code: FailureCode
    message: str
    type: str | None = None


class PlainText(msgspec.Struct, tag="text"):
    """Any text."""


class AnyObject(msgspec.Struct, tag="json_object"):
    """Any JSON object."""


class BySchema(msgspec.Struct, tag="json_schema"):
    """JSON by a schema."""

    name: str
    schema: dict[str, Any]
    strict: bool = True


type ShownFormat = PlainText | AnyObject | BySchema


class TextSetting(msgspec.Struct):
    """What the text is."""

    format: ShownFormat


def shown_format(asked: TextFormat) -> ShownFormat:
    """What was asked, as it is told."""
    match asked.type:
        case "json_schema":
            return BySchema(asked.name, asked.schema or {})
        case "json_object":
            return AnyObject()
        case "text":
            return PlainText()


class ResponseObject(msgspec.Struct, kw_only=True):
    """A response; `model` is the one that wrote it, or its end. Nothing of it is stored."""

    id: str
    object: Literal["response"] = "response"
    created_at: int
    status: Status
    error: ResponseError | None = None
    incomplete_details: IncompleteDetails | None = None
    instructions: None = None
    max_output_tokens: int | None
    metadata: dict[str, str] = {}
    model: str
    output: list[Item] = []
    parallel_tool_calls: bool
    previous_response_id: None = None
    store: bool = False
    temperature: float | None
    text: TextSetting
    tool_choice: Literal["none", "auto", "required"] | ShownChoice
    tools: list[ShownTool]
    top_p: float | None
    truncation: Literal["disabled"] = "disabled"
    usage: ResponseUsage | None = None


REASONS: dict[Finish, IncompleteDetails | None] = {
    "stop": None,
    "length": IncompleteDetails("max_output_tokens"),
    "content_filter": IncompleteDetails("content_filter"),
}


def usage_of(request: CompletionRequest, done: DoneEvent) -> ResponseUsage:
    """What it took, thoughts and all."""
    written = done.tokens + done.thoughts
    return ResponseUsage(
        input_tokens=request.prompt_tokens,
        input_tokens_details=InputDetails(),
        output_tokens=written,
        output_tokens_details=OutputDetails(done.thoughts),
        total_tokens=request.prompt_tokens + written,
    )
